import Core
import Testing

/// Instances of mapped tasks in the API.
struct MappedTaskTests {
    private static let task = "/runs/sales/2026-08-20T043000Z/tasks/clean"

    private static func indices(_ answer: APIHarness.Answer) -> [String] {
        guard case .array(let items)? = answer.json["items"] else { return [] }
        return items.map { "\($0["map_index"] ?? .null)" }
    }

    @Test func `instances are listed by map index, page by page, or one by one`() async throws {
        try await APIHarness.read { api in
            let all = try await api.get(Self.task)
            #expect(Self.indices(all) == ["0", "1"])
            #expect(all.json["next"] == .null)
            let first = try await api.get("\(Self.task)?limit=1")
            #expect(Self.indices(first) == ["0"])
            #expect(first.json["next"] == .string("0"))
            #expect(Self.indices(try await api.get("\(Self.task)?limit=1&after=0")) == ["1"])
            #expect(Self.indices(try await api.get("\(Self.task)?map_index=1")) == ["1"])
            #expect(try await api.get("\(Self.task)?map_index=2").message == "The task 'clean' has no instance 2.")
            #expect(try await api.get("\(Self.task)?after=x").message.contains("after is 'x'"))
        }
    }

    @Test(arguments: [
        ("/clear", #"{"tasks": ["load", "clean"], "map_index": 1}"#, "name that task alone"),
        ("/clear", #"{"tasks": ["load"], "map_index": 1}"#, "'load' is not mapped"),
        ("/tasks/load/mark", #"{"state": "failed", "map_index": 0}"#, "'load' is not mapped"),
        ("/tasks/load/cancel", #"{"map_index": 0}"#, "'load' is not mapped"),
    ])
    func `an instance of what is not mapped is refused in a sentence`(
        target: String,
        body: String,
        words: String
    ) async throws {
        try await APIHarness.read { api in
            let answer = try await api.post("/runs/sales/2026-08-20T043000Z" + target, body)
            #expect(answer.status == 400)
            #expect(answer.message.contains(words), "\(answer.message)")
        }
    }
}
