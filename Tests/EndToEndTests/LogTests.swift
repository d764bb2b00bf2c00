import Core
import Glibc
import TestKit
import Testing

/// Logs: every byte, as it comes.
struct LogTests {
    @Test func `a log is followed while the task runs`() async throws {
        try await Station.with { station in
            let run = "echo one; until [ -e \(station.witness)/go ]; do sleep 0.05; done; echo two"
            _ = try await station.start(["talks.yaml": "tasks: {t: {run: '\(run)'}}"])
            let name = try await station.trigger("talks")
            try await station.awaitTask("t", of: name, "running")
            let follower = try station.begin("logs", name, "t", "--follow")
            #expect(try await follower.line(startingWith: "one") == "one")
            #expect(!follower.hasEnded)
            try station.leave("go")
            let result = try await follower.result()
            #expect(result.exitCode == 0 && result.text == "one\ntwo\n", "\(result)")
        }
    }

    @Test func `following goes on where it was when the server is started anew`() async throws {
        try await Station.with { station in
            let wait = "until [ -e \(station.witness)/go ]; do sleep 0.05; done"
            let server = try await station.start(["long.yaml": "tasks: {t: {run: 'echo one; \(wait); echo two'}}"])
            let run = try await station.trigger("long")
            try await eventually("the first line") { try await station.rota("logs", run, "t").text == "one\n" }
            let follower = try station.begin("logs", run, "t", "--follow")
            try await eventually("the line") { String(decoding: follower.output, as: UTF8.self) == "one\n" }
            server.signal(SIGKILL)
            _ = try await server.result()
            try await eventually("a word about the outage") {
                String(decoding: follower.errorOutput, as: UTF8.self).contains("waiting for it")
            }
            _ = try await station.start()
            try station.leave("go")
            let result = try await follower.result()
            #expect(result.exitCode == 0 && result.text == "one\ntwo\n", "\(result)")
        }
    }

    @Test func `following goes on through the retries`() async throws {
        try await Station.with { station in
            let dag =
                "tasks: {t: {retries: {limit: 1, delay: 1s}, run: 'echo try $ROTA_ATTEMPT; [ $ROTA_ATTEMPT = 2 ]'}}"
            _ = try await station.start(["again.yaml": dag])
            let result = try await station.rota("trigger", "again", "--follow")
            #expect(result.exitCode == 0, "\(result)")
            #expect(result.text.contains("try 1") && result.text.contains("try 2"), "\(result)")
            #expect(try await station.rota("logs", "again/latest", "t", "--attempt", "1").text == "try 1\n")
            #expect(try await station.rota("logs", "again/latest", "t").text == "try 2\n")
        }
    }

    @Test func `lines of a log are found by text and by pattern`() async throws {
        try await Station.with { station in
            let run = "for i in $(seq 300); do echo line $i; done; echo Error here; exit 1"
            _ = try await station.start(["words.yaml": "tasks: {t: {run: '\(run)'}}"])
            _ = try await station.rota("trigger", "words", "--wait")
            let found = try await station.rota("logs", "words/latest", "t", "--grep", "line 29", "--context", "1")
            #expect(
                found.exitCode == 0 && found.text.hasPrefix("28-line 28\n29:line 29\n30-line 30\n--\n289-"),
                "\(found)"
            )
            let pattern = try await station.rota("logs", "words/latest", "t", "--grep", "^ERROR", "--regex", "-i")
            #expect(pattern.text == "301:Error here\n", "\(pattern)")
            let json = try await station.rota("logs", "words/latest", "t", "--grep", "line 3", "--json")
            #expect(JSONValue(parsing: json.text)?["count"] == .number("12"), "\(json)")
            #expect(try await station.rota("logs", "words/latest", "t", "--grep", "nowhere").exitCode == 1)
            #expect(try await station.rota("logs", "words/latest", "t", "--grep", "(", "--regex").exitCode == 2)
            #expect(try await station.rota("logs", "words/latest", "t", "-i").exitCode == 2)
        }
    }

    @Test func `NUL, half characters, escapes and a missing last newline come out as they went in`() async throws {
        try await Station.with { station in
            let run = #"printf 'a\0b\377\376\303\n\r\n\033[31mred\033[0m\ttab\n\n' && printf 'error\0' >&2; printf end"#
            _ = try await station.start(["bytes.yaml": "tasks:\n  t:\n    run: |\n      \(run)\n"])
            #expect(try await station.rota("trigger", "bytes", "--wait").exitCode == 0)
            let log = try await station.rota("logs", "bytes/latest", "t").output
            var bytes: [UInt8] = [0x61, 0, 0x62, 0xFF, 0xFE, 0xC3, 0x0A, 0x0D, 0x0A]
            bytes += Array("\u{1B}[31mred\u{1B}[0m\ttab\n\nerror\0end".utf8)
            #expect(log == bytes)
        }
    }

    @Test func `five megabytes of chance are kept byte for byte`() async throws {
        try await Station.with { station in
            let run = "head -c 5000000 /dev/urandom | tee \(station.witness)/copy"
            _ = try await station.start(["large.yaml": "tasks: {t: {run: '\(run)'}}"])
            #expect(try await station.rota("trigger", "large", "--wait").exitCode == 0)
            let log = try await station.rota("logs", "large/latest", "t").output
            #expect(log.count == 5_000_000)
            #expect(log == TextFile.bytes(station.witness + "/copy"))
        }
    }

    @Test func `a long log read while it is written has no gap and no double`() async throws {
        try await Station.with { station in
            let run = "seq 1 200000; until [ -e \(station.witness)/go ]; do sleep 0.05; done; seq 200001 300000"
            _ = try await station.start(["long.yaml": "tasks: {t: {run: '\(run)'}}"])
            let name = try await station.trigger("long")
            try await station.awaitTask("t", of: name, "running")
            let follower = try station.begin("logs", name, "t", "--follow")
            _ = try await follower.line(startingWith: "200000")
            try station.leave("go")
            let result = try await follower.result()
            var expected: [UInt8] = []
            for number in 1...300_000 { expected += Array("\(number)\n".utf8) }
            #expect(result.exitCode == 0 && result.output == expected)
            #expect(try await station.rota("logs", name, "t").output == expected)
        }
    }
}
