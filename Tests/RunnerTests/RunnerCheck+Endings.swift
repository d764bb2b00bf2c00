import Core
import Glibc
import Runner
import TestKit
import Testing

extension RunnerCheck {
    func endsTheWholeGroupOnCancel() async throws {
        let order = StartOrder("sleep 600 & echo $!; sleep 600 & echo $!; echo ready; wait")
        _ = try await runner.start([order])
        let processes = try await numbers(in: order.id, until: "ready")
        #expect(processes.count == 2)
        try await runner.cancel(order.id, grace: .seconds(20))
        try await runner.cancel(order.id, grace: .seconds(20))
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(record.cause == .cancelled)
        for process in processes { #expect(!process.isAlive, "\(process) outlived the cancel") }
        // Once it is over a cancel changes nothing.
        try await runner.cancel(order.id, grace: .zero)
        #expect(try await runner.ask([order.id]) == [.ended(record)])
    }

    func killsWhatIgnoresTerm() async throws {
        let order = StartOrder("trap '' TERM; echo $$; echo ready; while :; do sleep 0.1; done")
        _ = try await runner.start([order])
        let processes = try await numbers(in: order.id, until: "ready")
        try await runner.cancel(order.id, grace: .milliseconds(300))
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("a cancelled attempt has no record")
            return
        }
        #expect(record.cause == .cancelled)
        #expect(record.ending == .signalled(SIGKILL) || record.ending == .exited(128 + SIGKILL))
        for process in processes { #expect(!process.isAlive, "\(process) outlived the cancel") }
    }

    func endsWhatRunsOutOfTime() async throws {
        var order = StartOrder("sleep 613 & echo $!; echo ready; wait")
        order.timeout = .seconds(1)
        order.grace = .seconds(5)
        guard case .ended(let record) = try await runner.outcome(of: order) else {
            Issue.record("it has no record")
            return
        }
        #expect(record.cause == .timedOut)
        #expect(record.duration >= .milliseconds(900))
        for process in try await numbers(in: order.id, until: "ready") {
            #expect(TextFile.read("/proc/\(process.id)/cmdline") != "sleep\0" + "613\0")
        }
    }

    func saysWhyACommandCannotStart() async throws {
        var order = StartOrder("true")
        order.shell = ["no-such-program-anywhere"]
        guard case .notStarted(let reason) = try await runner.record(of: order).ending else {
            Issue.record("a missing shell is not said to be one")
            return
        }
        #expect(reason.contains("no-such-program-anywhere"))
        var homeless = StartOrder("true")
        homeless.workingDirectory = "/no/such/folder"
        guard case .notStarted(let cause) = try await runner.record(of: homeless).ending else {
            Issue.record("a missing working directory is not said to be one")
            return
        }
        #expect(cause.contains("/no/such/folder"))
    }

    func forgetsWhatIsOver() async throws {
        let witness = folder + "/forgotten"
        let order = StartOrder("echo ran >> '\(witness)'")
        #expect(try await runner.record(of: order).ending == .exited(0))
        try await runner.forget([order.id, .fresh()])
        await #expect(throws: RunnerError.self) { try await runner.readLog(order.id, from: 0, limit: 1) }
        // Its identity is used up for ever.
        let answers = try await runner.start([order])
        if case .status(.running) = try #require(answers.first) {
            Issue.record("a forgotten attempt was started again")
        }
        if case .status(.ended) = try #require(answers.first) { Issue.record("a forgotten attempt is still known") }
        #expect(TextFile.read(witness) == "ran\n")
    }

    func knowsWhatItDoesNotKnow() async throws {
        let id = AttemptID.fresh()
        let expected = RunnerError.unknownAttempt(runner: runner.name, id: "\(id)")
        await #expect(throws: expected) { try await runner.readLog(id, from: 0, limit: 1) }
        await #expect(throws: expected) { try await runner.readOutput(id) }
        try await runner.cancel(id, grace: .zero)
        try await runner.forget([id])
        try await runner.forgetRun("never-made")
    }

    /// The numbers that a command has written to its log, once it has written a word.
    func numbers(in id: AttemptID, until word: String) async throws -> [SeenProcess] {
        let events = runner.events()
        var iterator = events.makeAsyncIterator()
        while true {
            let lines = String(decoding: try await runner.wholeLog(id), as: UTF8.self).split(separator: "\n")
            if lines.contains(Substring(word)) { return lines.compactMap { Int32($0).map { SeenProcess($0) } } }
            _ = try await iterator.next()
        }
    }
}

/// Small text files that tests and commands leave for each other.
enum TextFile {
    static func read(_ path: String) -> String? {
        guard let file = unsafe fopen(path, "r") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    static func write(_ text: String, to path: String) {
        guard let file = unsafe fopen(path, "w") else { return }
        unsafe fputs(text, file)
        unsafe fclose(file)
    }
}
