package import Core

/// One runner for a run in the foreground: scripts go to this host's runner, requests are made by this process.
package struct MixedRunner: RunnerAdapter {
    private let scripts: any RunnerAdapter
    private let requests: RequestRunner

    /// Joins the two.
    package init(scripts: any RunnerAdapter, requests: RequestRunner) {
        self.scripts = scripts
        self.requests = requests
    }

    package var name: String { scripts.name }

    package func identify() async throws(RunnerError) -> RunnerIdentity { try await scripts.identify() }

    package func start(_ orders: [StartOrder]) async throws(RunnerError) -> [StartAnswer] {
        var answers: [StartAnswer] = []
        for order in orders {
            let side: any RunnerAdapter = order.request == nil ? scripts : requests
            answers += try await side.start([order])
        }
        return answers
    }

    package func ask(_ ids: [AttemptID]) async throws(RunnerError) -> [AttemptStatus] {
        var answers: [AttemptStatus] = []
        for id in ids { answers += try await side(id).ask([id]) }
        return answers
    }

    package func events() -> AsyncThrowingStream<RunnerEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<RunnerEvent, any Error>.makeStream()
        let sources = [scripts.events(), requests.events()]
        let forwarding = Task {
            do {
                try await withThrowingDiscardingTaskGroup { group in
                    for source in sources {
                        group.addTask { for try await event in source { continuation.yield(event) } }
                    }
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in forwarding.cancel() }
        return stream
    }

    package func readLog(_ id: AttemptID, from offset: Int64, limit: Int) async throws(RunnerError) -> LogSlice {
        try await side(id).readLog(id, from: offset, limit: limit)
    }

    package func readOutput(_ id: AttemptID) async throws(RunnerError) -> [UInt8] {
        try await side(id).readOutput(id)
    }

    package func cancel(_ id: AttemptID, grace: Duration) async throws(RunnerError) {
        try await side(id).cancel(id, grace: grace)
    }

    package func forget(_ ids: [AttemptID]) async throws(RunnerError) {
        for id in ids { try await side(id).forget([id]) }
    }

    package func forgetRun(_ runDirectory: String) async throws(RunnerError) {
        try await scripts.forgetRun(runDirectory)
    }

    package func load() async -> RunnerLoad? { await scripts.load() }

    private func side(_ id: AttemptID) -> any RunnerAdapter { requests.knows(id) ? requests : scripts }
}
