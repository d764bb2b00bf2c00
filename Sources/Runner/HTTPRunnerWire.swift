import AttemptProtocol
import Core

/// The paths and headers that an HTTP runner and its daemon agree on; bodies are the frames of the attempt protocol.
enum HTTPRunnerWire {
    static let root = "/runner/v1"
    static let events = "events"
    static let attempts = "attempts"
    static let log = "log"
    static let output = "output"

    /// How a refusal says which kind of `RunnerError` it is.
    static let errorHeader = "rota-error"
    /// The length of the whole log, beside a piece of it.
    static let logEndHeader = "rota-log-end"
    /// Where the piece begins, if later than was asked for.
    static let logStartHeader = "rota-log-start"

    /// The longest piece of a log in one answer.
    static let logLimit = 4 << 20
    /// Between two signs of life on the stream of events.
    static let heartbeat: Duration = .seconds(2)

    /// The last part of the path for a request.
    static func verb(_ request: KeeperRequest) -> String {
        switch request {
        case .hello: "identify"
        case .start: "start"
        case .ask: "ask"
        case .cancel: "cancel"
        case .forget: "forget"
        case .forgetRun: "forget-run"
        case .list: "list"
        case .reap: "reap"
        case .subscribe, .retire: "none"
        }
    }

    /// The kind of an error, as the header says it.
    static func word(_ error: RunnerError) -> String {
        switch error {
        case .unreachable: "unreachable"
        case .hostKey: "host-key"
        case .notAuthorised: "not-authorised"
        case .copied: "copied"
        case .unable: CarrierMessage.unable
        case .unknownAttempt: CarrierMessage.unknownAttempt
        }
    }

    /// The bare reason of an error, without the name that the far side has for the runner.
    static func reason(_ error: RunnerError) -> String {
        switch error {
        case .unreachable(_, let reason), .hostKey(_, let reason), .notAuthorised(_, let reason),
            .unable(_, let reason), .copied(_, let reason):
            reason
        case .unknownAttempt(_, let id): id
        }
    }

    /// The error that a word and a reason stand for.
    static func error(_ word: String, _ reason: String, runner: String) -> RunnerError {
        switch word {
        case "unreachable": .unreachable(runner: runner, reason: reason)
        case "not-authorised": .notAuthorised(runner: runner, reason: reason)
        case "copied": .copied(runner: runner, reason: reason)
        case CarrierMessage.unknownAttempt: .unknownAttempt(runner: runner, id: reason)
        default: .unable(runner: runner, reason: reason)
        }
    }
}
