import AttemptProtocol
import Core

/// The answers to one request to start attempts; it is sent when the last of them is there.
final class StartBatch {
    private let client: Client
    private let request: UInt32
    private var answers: [StartAnswer?]
    private var missing: Int
    private let send: (Client, Frame) -> Void

    init(client: Client, request: UInt32, count: Int, send: @escaping (Client, Frame) -> Void) {
        self.client = client
        self.request = request
        self.send = send
        answers = Array(repeating: nil, count: count)
        missing = count
        if count == 0 { send(client, KeeperReply.started([]).frame(request: request)) }
    }

    /// Gives the answer to the order at that position.
    func put(_ answer: StartAnswer, at position: Int) {
        guard answers[position] == nil else { return }
        answers[position] = answer
        missing -= 1
        if missing == 0 { send(client, KeeperReply.started(answers.compactMap(\.self)).frame(request: request)) }
    }
}
