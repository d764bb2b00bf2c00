import Core
import Logging
import Runner
import Scheduler
import Store
import TestKit
import Testing

@testable import Executor

/// Two hosts that answer with one state directory, on a real database.
struct CopiedRunnerTests {
    /// Lets seats act for a runner `first` and, once that is online, for a runner `second`.
    private static func with(
        first: AnsweringHost,
        second: AnsweringHost,
        _ body: (Stage) async throws -> Void
    ) async throws {
        try await Stage.with { stage in
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await seat(first, "first", stage).run() }
                try await awaitState("first", "online", stage)
                group.addTask { await seat(second, "second", stage).run() }
                try await body(stage)
                group.cancelAll()
            }
        }
    }

    private static func seat(_ host: AnsweringHost, _ name: String, _ stage: Stage) -> RunnerSeat {
        var configuration = RunnerSeat.Configuration()
        configuration.beat = .milliseconds(20)
        return RunnerSeat(
            adapter: host,
            registration: RunnerRegistration(name: name, kind: "http", address: nil, labels: [], slots: 1),
            engine: stage.engine,
            holder: "test:\(name)",
            folder: nil,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private static func awaitState(_ name: String, _ state: String, _ stage: Stage) async throws {
        try await eventually("the runner \(name) \(state)") {
            try await stage.ask("SELECT 1::text FROM runner WHERE name = '\(name)' AND state = '\(state)'").count == 1
        }
    }

    private static func record(_ name: String, _ stage: Stage) async throws -> RunnerRecord {
        try #require(try await stage.store.runners().first { $0.name == name })
    }

    @Test func `a host that had booted when another with its disk was heard of is held, and says why`() async throws {
        let (first, second) = (AnsweringHost("web-1", boot: "one"), AnsweringHost("web-2", boot: "two"))
        try await Self.with(first: first, second: second) { stage in
            try await Self.awaitState("second", "held", stage)
            let held = try await Self.record("second", stage)
            let reason = try #require(held.reason)
            #expect(reason.contains("('web-1') that is alive as runner 'first'"), "\(reason)")
            #expect(reason.contains("remove its state directory"), "\(reason)")
            #expect(held.copyReason.map { reason.contains($0) } == true && held.bootID == nil)
            let other = try await Self.record("first", stage)
            #expect(other.state == .online && other.copyAt == nil)
            // Its own directory makes a runner of it.
            await second.change { $0.disk = "of its own" }
            try await Self.awaitState("second", "online", stage)
        }
    }

    @Test func `a host that was restarted is no copy of what it was`() async throws {
        let host = AnsweringHost("web-1", boot: "one")
        try await Self.with(first: host, second: AnsweringHost("web-2", boot: "two", disk: "another")) { stage in
            await host.change { ($0.boot, $0.age) = ("two", .zero) }
            try await eventually("the boot of now") { try await Self.record("first", stage).bootID == "two" }
            #expect(try await Self.record("first", stage).copyAt == nil)
        }
    }

    @Test func `who is heard again in an earlier boot came second`() async throws {
        let host = AnsweringHost("web-1", boot: "one")
        try await Self.with(first: host, second: AnsweringHost("web-2", boot: "two", disk: "another")) { stage in
            await host.change { ($0.boot, $0.age) = ("two", .zero) }
            try await eventually("the later boot") { try await Self.record("first", stage).bootID == "two" }
            await host.change { ($0.boot, $0.age) = ("one", .seconds(3600)) }
            try await Self.awaitState("first", "held", stage)
            #expect(try await Self.record("first", stage).bootID == "two")
        }
    }

    @Test func `one host under two names is no copy`() async throws {
        let (first, second) = (AnsweringHost("web-1", boot: "one"), AnsweringHost("web-1", boot: "one"))
        try await Self.with(first: first, second: second) { stage in
            try await Self.awaitState("second", "online", stage)
        }
    }
}

/// A host that has nothing to do, and says of itself what it is told.
private actor AnsweringHost: RunnerAdapter {
    struct Words: Sendable {
        var boot: String
        var disk: String
        var age: Duration
    }

    let name = "host"
    private let host: String
    private var words: Words

    init(_ host: String, boot: String, disk: String = "disk") {
        self.host = host
        words = Words(boot: boot, disk: disk, age: .seconds(3600))
    }

    func change(_ body: @Sendable (inout Words) -> Void) { body(&words) }

    func identify() -> RunnerIdentity {
        RunnerIdentity(directoryID: words.disk, bootID: words.boot, hostName: host, version: "0")
    }

    func greet(heard: KeeperClock?) -> RunnerGreeting {
        RunnerGreeting(identity: identify(), clock: nil, bootAge: words.age)
    }

    func start(_ orders: [StartOrder]) -> [StartAnswer] { orders.map { _ in .refused(reason: "it takes nothing") } }
    func ask(_ ids: [AttemptID]) -> [AttemptStatus] { ids.map { _ in .neverStarted(reason: "it had not arrived") } }
    nonisolated func events() -> AsyncThrowingStream<RunnerEvent, any Error> { AsyncThrowingStream { _ in } }
    func readLog(_ id: AttemptID, from offset: Int64, limit: Int) -> LogSlice { LogSlice(bytes: [], end: 0) }
    func readOutput(_ id: AttemptID) -> [UInt8] { [] }
    func cancel(_ id: AttemptID, grace: Duration) {}
    func forget(_ ids: [AttemptID]) {}
    func forgetRun(_ runDirectory: String) {}
}
