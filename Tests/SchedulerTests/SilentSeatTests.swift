import Core
import Logging
import Runner
import Scheduler
import Store
import Synchronization
import TestKit
import Testing

@testable import Executor

/// A runner that takes a question and does not answer it, and seats that want to act for it.
struct SilentSeatTests {
    private static func seat(_ stage: Stage, _ runner: MuteRunner, holder: String) -> RunnerSeat {
        var configuration = RunnerSeat.Configuration()
        configuration.leaseSpan = .seconds(2)
        configuration.beat = .milliseconds(50)
        configuration.silence = .milliseconds(500)
        return RunnerSeat(
            adapter: runner,
            registration: RunnerRegistration(name: "stage", kind: "ssh", address: nil, labels: [], slots: 1),
            engine: stage.engine,
            holder: holder,
            folder: nil,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test(arguments: [0, 3])
    func `its attempts are unreachable while it is silent, though seats try on, and run on when it answers`(
        answers: Int
    ) async throws {
        try await Stage.with { stage in
            try await stage.put("tasks: {only: {run: 'true', timeout: 1m}}", id: "one")
            let run = try await stage.trigger("one")
            _ = try await stage.claim()
            let runner = MuteRunner(answers: answers)
            let seats = ["a:1", "b:1"].map { Self.seat(stage, runner, holder: $0) }
            try await withThrowingDiscardingTaskGroup { group in
                for seat in seats { group.addTask { await seat.run() } }
                try await eventually("the word unreachable") {
                    try await stage.attemptStates(run, "only") == [.unreachable]
                }
                let reason = try await stage.ask("SELECT reason FROM attempt")[0][0]
                #expect(reason == "runner 'stage' cannot be reached: it has given no sign of life for 500 ms")
                runner.speak()
                try await eventually("the word running") {
                    try await stage.attemptStates(run, "only") == [.running]
                }
                group.cancelAll()
            }
        }
    }
}

/// A runner that greets a few times, then falls silent until it is to speak, and has all attempts running.
private final class MuteRunner: RunnerAdapter {
    let name = "stage"
    private let answers: Mutex<Int>

    init(answers: Int) { self.answers = Mutex(answers) }

    /// Answers from now on.
    func speak() { answers.withLock { $0 = .max } }

    func identify() async throws(RunnerError) -> RunnerIdentity {
        while !takeAnswer() {
            guard !Task.isCancelled else { throw .unreachable(runner: name, reason: "nobody waits any more") }
            // Cancelled: the next look finds it.
            try? await Task.sleep(for: .milliseconds(10))
        }
        return RunnerIdentity(directoryID: "directory", bootID: "boot", hostName: "host", version: "0")
    }

    private func takeAnswer() -> Bool {
        answers.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
    }

    func ask(_ ids: [AttemptID]) -> [AttemptStatus] {
        ids.map { _ in .running(StartRecord(processID: 7, startedAt: .epoch)) }
    }

    func events() -> AsyncThrowingStream<RunnerEvent, any Error> { AsyncThrowingStream { _ in } }
    func start(_ orders: [StartOrder]) -> [StartAnswer] { orders.map { _ in .refused(reason: "it takes nothing") } }
    func readLog(_ id: AttemptID, from offset: Int64, limit: Int) -> LogSlice { LogSlice(bytes: [], end: 0) }
    func readOutput(_ id: AttemptID) -> [UInt8] { [] }
    func cancel(_ id: AttemptID, grace: Duration) {}
    func forget(_ ids: [AttemptID]) {}
    func forgetRun(_ runDirectory: String) {}
}
