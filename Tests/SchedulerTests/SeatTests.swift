import Core
import Logging
import Runner
import Scheduler
import Store
import TestKit
import Testing

@testable import Executor

/// What a seat believes of a runner, on a real database.
struct SeatTests {
    private static let source = "tasks: {only: {run: 'true', timeout: 1m, retries: 3}}"

    /// Lets one task be claimed for a disk, then lets a seat act for the runner, which another seat had left.
    private static func with(
        disk: String,
        runner: PlayedRunner,
        _ body: (Stage, RunName, PlayedRunner) async throws -> Void
    ) async throws {
        try await Stage.with { stage in
            try await stage.put(source, id: "one")
            let run = try await stage.trigger("one")
            let claimed = try #require(try await stage.claim().first)
            try await stage.change("UPDATE attempt SET directory_id = '\(disk)' WHERE id = '\(claimed.attempt)'")
            let seat = RunnerSeat(
                adapter: runner,
                registration: RunnerRegistration(name: "stage", kind: "http", address: nil, labels: [], slots: 1),
                engine: stage.engine,
                holder: "test:2",
                folder: nil,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let acting = Task { await seat.run() }
            do {
                try await body(stage, run, runner)
            } catch {
                acting.cancel()
                await acting.value
                throw error
            }
            acting.cancel()
            await acting.value
        }
    }

    @Test func `another disk is not asked about attempts of the former one`() async throws {
        try await Self.with(disk: "old", runner: PlayedRunner(disks: ["new"])) { stage, run, runner in
            try await eventually("the word unreachable") {
                try await stage.attemptStates(run, "only") == [.unreachable]
            }
            try await stage.operations.cancel(run: run, actor: "test", reason: nil)
            try await eventually("the next look at the queue") { await runner.identified >= 2 }
            #expect(await runner.asked == 0)
            #expect(try await stage.attemptStates(run, "only") == [.unreachable], "and not cancelling")
            try await stage.operations.mark(
                run: run,
                task: "only",
                mapIndex: nil,
                state: .failed,
                actor: "test",
                reason: nil
            )
            #expect(try await stage.states(run).run == .cancelled)
        }
    }

    @Test func `that an attempt never started is not believed of a disk that was changed meanwhile`() async throws {
        try await Self.with(disk: "old", runner: PlayedRunner(disks: ["old", "new"])) { stage, run, runner in
            try await eventually("the word unreachable") {
                try await stage.attemptStates(run, "only") == [.unreachable]
            }
            #expect(await runner.asked == 1)
        }
    }

    @Test func `that an attempt never started is believed of the disk that it was meant for`() async throws {
        try await Self.with(disk: "old", runner: PlayedRunner(disks: ["old"])) { stage, run, _ in
            try await eventually("the word never_started") {
                try await stage.attemptStates(run, "only").first == .neverStarted
            }
        }
    }
}

/// A runner that knows nothing, and whose disk is another one from question to question.
private actor PlayedRunner: RunnerAdapter {
    let name = "stage"
    private let disks: [String]
    private(set) var identified = 0
    private(set) var asked = 0

    /// The last disk stays.
    init(disks: [String]) {
        self.disks = disks
    }

    func identify() throws(RunnerError) -> RunnerIdentity {
        identified += 1
        return RunnerIdentity(
            directoryID: disks[min(identified, disks.count) - 1],
            bootID: "boot",
            hostName: "host",
            version: "0"
        )
    }

    func ask(_ ids: [AttemptID]) throws(RunnerError) -> [AttemptStatus] {
        asked += 1
        return ids.map { _ in .neverStarted(reason: "it had not arrived") }
    }

    nonisolated func events() -> AsyncThrowingStream<RunnerEvent, any Error> { AsyncThrowingStream { _ in } }

    func start(_ orders: [StartOrder]) throws(RunnerError) -> [StartAnswer] {
        orders.map { _ in .refused(reason: "it takes nothing") }
    }

    func readLog(_ id: AttemptID, from offset: Int64, limit: Int) -> LogSlice { LogSlice(bytes: [], end: 0) }
    func readOutput(_ id: AttemptID) -> [UInt8] { [] }
    func cancel(_ id: AttemptID, grace: Duration) {}
    func forget(_ ids: [AttemptID]) {}
    func forgetRun(_ runDirectory: String) {}
}
