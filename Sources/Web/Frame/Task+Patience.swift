extension Task {
    /// What work has come to within a span, well or not; nil where it has not ended by then, or nobody waits any more.
    ///
    /// The work goes on: whoever waited decides on it.
    func result(within limit: Duration) async -> Result<Success, Failure>? {
        let (results, continuation) = AsyncStream<Result<Success, Failure>?>.makeStream()
        let waiting = Task<Void, Never> { continuation.yield(await result) }
        let patience = Task<Void, Never> {
            // Cancelled: it has ended.
            try? await Task<Never, Never>.sleep(for: limit)
            continuation.yield(nil)
        }
        defer {
            waiting.cancel()
            patience.cancel()
        }
        var iterator = results.makeAsyncIterator()
        return await iterator.next() ?? nil
    }
}
