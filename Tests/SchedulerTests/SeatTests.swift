import Core
import Logging
import Runner
import Scheduler
import Store
import Synchronization
import TestKit
import Testing

@testable import Executor

/// What a seat believes of a runner, on a real database.
struct SeatTests {
    fileprivate static let source = "tasks: {only: {run: 'true', timeout: 1m, retries: 3}}"

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

extension SeatTests {
    @Test func `of a log beyond its cap head and tail are stored, and what is left out is counted`() async throws {
        let line = Array("0123456 89abcdef\n".utf8)
        let log = (0..<400_000).flatMap { _ in line }
        let cap = LogCap(bytes: 1 << 20)
        try await Stage.with { stage in
            try await stage.put(Self.source, id: "one")
            let run = try await stage.trigger("one")
            var configuration = RunnerSeat.Configuration()
            configuration.logCap = cap
            let runner = PrintingRunner(log: log)
            let seat = RunnerSeat(
                adapter: runner,
                registration: RunnerRegistration(name: "printer", kind: "http", address: nil, labels: [], slots: 1),
                engine: stage.engine,
                holder: "test:3",
                folder: nil,
                configuration: configuration,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let acting = Task { await seat.run() }
            defer { acting.cancel() }
            try await eventually("the start") { await runner.order != nil }
            let order = try #require(await runner.order)
            #expect(order.logCap == cap)
            for length in stride(from: 1 << 18, through: 3 << 20, by: 1 << 18) {
                await runner.grow(to: length)
                try await eventually("what was printed") {
                    try await Self.attempt(of: run, stage)?.logBytes == length
                }
            }
            let rolling = try #require(try await Self.attempt(of: run, stage)?.logGap)
            #expect(rolling.start == Int(cap.head) && rolling.end <= (3 << 20) - Int(cap.tail))
            #expect(
                rolling.lines.map { abs($0 - rolling.byteCount / line.count) <= 1 } == true,
                "what was read is counted"
            )
            await runner.end()
            try await eventually("the end") { try await stage.states(run).run == .success }
            let attempt = try #require(try await Self.attempt(of: run, stage))
            let gap = try #require(attempt.logGap)
            #expect(attempt.isLogSealed && attempt.logBytes == log.count)
            #expect(gap.start == Int(cap.head) && gap.lines == nil, "it was not even read")
            #expect(log.count - gap.end >= Int(cap.tail) && log.count - gap.end <= Int(cap.tail) + LogPiece.mostBytes)
            let stored = try await stage.store.logScan(of: attempt.id, from: 0, pieces: 1000)
            #expect(stored.filter { $0.start < gap.start }.flatMap(\.bytes) == Array(log.prefix(gap.start)))
            #expect(stored.filter { $0.start >= gap.end }.flatMap(\.bytes) == Array(log.suffix(log.count - gap.end)))
            #expect(stored.allSatisfy { $0.start < gap.start || $0.start >= gap.end })
            acting.cancel()
            await acting.value
        }
    }

    private static func attempt(of run: RunName, _ stage: Stage) async throws -> AttemptRecord? {
        guard let record = try await stage.store.run(run) else { return nil }
        return try await stage.store.instance(ofRun: record.rowID, task: "only", mapIndex: nil)?.attempts.last
    }
}

/// A runner whose only command prints as much as it is told to.
private actor PrintingRunner: RunnerAdapter {
    let name = "printer"
    private let log: [UInt8]
    private(set) var order: StartOrder?
    private var printed = 0
    private var isOver = false
    /// Whoever has asked for events: each session of a seat does so anew.
    nonisolated private let listeners = Mutex<[AsyncThrowingStream<RunnerEvent, any Error>.Continuation]>([])

    init(log: [UInt8]) {
        self.log = log
    }

    func grow(to length: Int) {
        printed = length
        if let order { tell(.logGrew(order.id)) }
    }

    func end() {
        printed = log.count
        isOver = true
        if let order { tell(.ended(order.id, record)) }
    }

    private func tell(_ event: RunnerEvent) {
        for listener in listeners.withLock({ $0 }) { listener.yield(event) }
    }

    private var record: ExitRecord {
        ExitRecord(
            ending: .exited(0),
            startedAt: .epoch,
            endedAt: .epoch,
            duration: .seconds(1),
            logBytes: Int64(log.count)
        )
    }

    func identify() -> RunnerIdentity {
        RunnerIdentity(directoryID: "disk", bootID: "boot", hostName: "host", version: "0")
    }

    func start(_ orders: [StartOrder]) -> [StartAnswer] {
        order = orders.first
        return orders.map { _ in .status(.running(StartRecord(processID: 1, startedAt: .epoch))) }
    }

    func ask(_ ids: [AttemptID]) -> [AttemptStatus] {
        ids.map { _ in isOver ? .ended(record) : .running(StartRecord(processID: 1, startedAt: .epoch)) }
    }

    nonisolated func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        let (stream, listener) = AsyncThrowingStream<RunnerEvent, any Error>.makeStream()
        listeners.withLock { $0.append(listener) }
        return stream
    }

    func readLog(_ id: AttemptID, from offset: Int64, limit: Int) -> LogSlice {
        let start = min(Int(offset), printed)
        return LogSlice(bytes: Array(log[start..<min(printed, start + limit)]), end: Int64(printed))
    }

    func readOutput(_ id: AttemptID) -> [UInt8] { [] }
    func cancel(_ id: AttemptID, grace: Duration) {}
    func forget(_ ids: [AttemptID]) {}
    func forgetRun(_ runDirectory: String) {}
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
