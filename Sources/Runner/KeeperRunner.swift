package import AttemptProtocol
package import Core

/// A runner whose far side speaks the attempt protocol; what carries questions and answers is all that differs.
package protocol KeeperRunner: RunnerAdapter {
    /// What sentences call whoever answers.
    static var answerer: String { get }

    /// Asks one question and waits for its answer.
    func reply(to question: KeeperRequest) async throws(RunnerError) -> KeeperReply
}

extension KeeperRunner {
    package static var answerer: String { "it" }

    package func identify() async throws(RunnerError) -> RunnerIdentity { try await greet(heard: nil).identity }

    package func greet(heard: KeeperClock?) async throws(RunnerError) -> RunnerGreeting {
        let reply = try await reply(to: .hello(protocolVersion: ProtocolVersion.current, heard: heard))
        guard case .hello(let identity) = reply else { throw unexpected(reply) }
        return RunnerGreeting(identity)
    }

    package func start(_ orders: [StartOrder]) async throws(RunnerError) -> [StartAnswer] {
        var answers: [StartAnswer] = []
        for batch in StartOrder.batches(orders) {
            let reply = try await reply(to: .start(Array(batch)))
            guard case .started(let some) = reply, some.count == batch.count else { throw unexpected(reply) }
            answers += some
        }
        return answers
    }

    package func ask(_ ids: [AttemptID]) async throws(RunnerError) -> [AttemptStatus] {
        let reply = try await reply(to: .ask(ids))
        guard case .statuses(let statuses) = reply, statuses.count == ids.count else { throw unexpected(reply) }
        return statuses
    }

    package func cancel(_ id: AttemptID, grace: Duration) async throws(RunnerError) {
        try await expectDone(.cancel(id, grace: grace))
    }

    package func forget(_ ids: [AttemptID]) async throws(RunnerError) {
        try await expectDone(.forget(ids))
    }

    package func forgetRun(_ runDirectory: String) async throws(RunnerError) {
        try await expectDone(.forgetRun(runDirectory))
    }

    /// Lists what runs there, and the processes that outlived their attempts.
    package func listing() async throws(RunnerError) -> KeeperListing {
        let reply = try await reply(to: .list)
        guard case .listing(let listing) = reply else { throw unexpected(reply) }
        return listing
    }

    package func strays() async throws(RunnerError) -> [Stray]? { try await listing().strays }

    package func reap(_ processes: [Int32]) async throws(RunnerError) {
        try await expectDone(.reap(processes))
    }

    /// Asks something whose answer is only that it is done.
    func expectDone(_ request: KeeperRequest) async throws(RunnerError) {
        let reply = try await reply(to: request)
        guard case .done = reply else { throw unexpected(reply) }
    }

    /// The error of an answer to another question; a refusal says itself why.
    func unexpected(_ reply: KeeperReply?) -> RunnerError {
        if case .unable(let reason)? = reply { return .unable(runner: name, reason: reason) }
        return .unable(runner: name, reason: "\(Self.answerer) gave an answer that does not fit the question")
    }
}

extension StartOrder {
    /// The longest batch of scripts and variables that travels in one message.
    private static let batchBytes = 8 << 20

    /// Cuts a list of orders into pieces that fit a message each.
    fileprivate static func batches(_ orders: [StartOrder]) -> [ArraySlice<StartOrder>] {
        var batches: [ArraySlice<StartOrder>] = []
        var start = 0
        var bytes = 0
        for (position, order) in orders.enumerated() {
            let size = order.environment.reduce(order.script.count + 256) {
                $0 + $1.name.utf8.count + $1.value.utf8.count
            }
            if position > start && bytes + size > batchBytes {
                batches.append(orders[start..<position])
                start = position
                bytes = 0
            }
            bytes += size
        }
        if start < orders.count { batches.append(orders[start...]) }
        return batches
    }
}
