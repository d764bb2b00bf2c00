import AttemptProtocol
import Core

extension RunnerLine {
    /// Asks one question of the attempt protocol and waits for its answer.
    func reply(to question: KeeperRequest) async throws(RunnerError) -> KeeperReply {
        let frame = try await ask { question.frame(request: $0) }
        guard try content(of: frame) == nil else { throw unexpected }
        do throws(WireError) {
            return try KeeperReply(frame)
        } catch {
            throw .unable(runner: runner, reason: "its answer cannot be understood: \(error)")
        }
    }

    /// Asks for a piece of one of an attempt's files.
    func read(_ message: CarrierMessage) async throws(RunnerError) -> LogSlice {
        let frame = try await ask { message.frame(request: $0) }
        guard case .bytes(let bytes, let end, let start)? = try content(of: frame) else { throw unexpected }
        return LogSlice(bytes: bytes, end: end, start: start)
    }

    private var unexpected: RunnerError {
        .unable(runner: runner, reason: "it gave an answer that does not fit the question")
    }

    /// What a frame says beside the attempt protocol; the runner's own errors are thrown.
    private func content(of frame: Frame) throws(RunnerError) -> CarrierMessage? {
        let message: CarrierMessage?
        do throws(WireError) {
            message = try CarrierMessage(frame)
        } catch {
            throw .unable(runner: runner, reason: "its answer cannot be understood: \(error)")
        }
        guard case .failure(let word, let reason)? = message else { return message }
        throw HTTPRunnerWire.error(word, reason, runner: runner)
    }
}
