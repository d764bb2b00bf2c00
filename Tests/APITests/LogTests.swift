import Core
import Testing

/// Bytes of logs.
struct LogTests {
    private static let load = "/runs/sales/latest-failed/tasks/load/attempts/2/log"

    @Test(
        arguments: [
            ("", "first line\nsecond", 0, 17),
            ("?from=6", "line\nsecond", 6, 17),
            ("?from=11", "second", 11, 17),
            ("?from=13&limit=3", "con", 13, 16),
            ("?limit=12", "first line\ns", 0, 12),
        ]
    )
    func `any range is given as it was written`(_ query: String, _ text: String, _ start: Int, _ next: Int) async throws
    {
        try await APIHarness.read { api in
            let answer = try await api.get(Self.load + query)
            #expect(answer.text == text)
            #expect(answer[header: "Rota-Log-Start"] == "\(start)")
            #expect(answer[header: "Rota-Log-Next"] == "\(next)")
            #expect(answer[header: "Rota-Log-Size"] == "30")
            #expect(answer[header: "Rota-Log-Complete"] == "false")
        }
    }

    @Test func `bytes that were not kept are passed over and their place is told`() async throws {
        try await APIHarness.read { api in
            let answer = try await api.get(Self.load + "?from=17")
            #expect(answer.bytes == [0xFF, 0x00, UInt8(ascii: "z")])
            #expect(answer[header: "Rota-Log-Start"] == "27")
            #expect(answer[header: "Rota-Log-Next"] == "30")
            #expect(answer[header: "Rota-Log-Complete"] == "true")
        }
    }

    @Test func `the end of a log is told as such`() async throws {
        try await APIHarness.read { api in
            let answer = try await api.get(Self.load + "?from=30&wait=20")
            #expect(answer.bytes.isEmpty)
            #expect(answer[header: "Rota-Log-Complete"] == "true")
            #expect(answer[header: "Rota-Attempt-State"] == "failed")
        }
    }

    @Test func `one who waits gets the bytes that come`() async throws {
        try await APIHarness.run { api in
            let target = "/runs/sales/latest/tasks/load/attempts/latest/log?from=6&wait=30"
            async let answer = api.get(target)
            try await api.change(.addLog)
            #expect(try await answer.text == "world\n")
            #expect(try await answer[header: "Rota-Log-Complete"] == "false")
        }
    }
}

/// Searching in logs.
struct LogSearchTests {
    private static let search = "/runs/sales/latest-failed/tasks/load/attempts/latest/log/search"

    @Test(
        arguments: [
            ("?q=line", [1]), ("?q=LINE", []), ("?q=LINE&ignore_case=true", [1]), ("?q=%5Es.*d$&regex=true", [2]),
            ("?q=seco.d&regex=true", [2]), ("?q=fi%5Br%5Ds&regex=true&context=1", [1]), ("?q=z&from=27", [3]),
        ] as [(String, [Int])]
    )
    func `lines are found by a text or a pattern`(_ query: String, _ lines: [Int]) async throws {
        try await APIHarness.read { api in
            let answer = try await api.get(Self.search + query).json
            #expect(answer["lines"]?.elements.compactMap { $0["line"] } == lines.map { .number("\($0)") })
            #expect(answer["count"] == .number("\(lines.count)"))
            #expect(answer["complete"] == .boolean(true))
            #expect(answer["searched"] == .number("30"))
        }
    }

    @Test(arguments: ["", "?q=", "?q=(a&regex=true", "?q=a%0Ab", "?q=x&context=9", "?q=x&regex=1"])
    func `what cannot be looked for is refused`(_ query: String) async throws {
        try await APIHarness.read { api in
            let answer = try await api.get(Self.search + query)
            #expect(answer.status == 400)
        }
    }
}
