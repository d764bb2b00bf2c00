/// Whether the database answers: asked by many, and never by more than one question at a time.
///
/// A connection whose other end says nothing keeps a question for as long as the network lets it, and a load balancer
/// does not wait for that.
actor DatabasePulse {
    private let limit: Duration
    private let question: @Sendable () async -> Bool
    private var asking: Task<Bool, Never>?

    /// Keeps a question; whoever asks waits so long for an answer, by default 5 seconds.
    init(limit: Duration = .seconds(5), question: @escaping @Sendable () async -> Bool) {
        (self.limit, self.question) = (limit, question)
    }

    /// Asks, or waits with those who have asked; no answer within the limit is no.
    func answers() async -> Bool {
        let asking =
            asking
            ?? Task {
                let answer = await question()
                self.asking = nil
                return answer
            }
        self.asking = asking
        return await asking.result(within: limit)?.get() ?? false
    }
}
