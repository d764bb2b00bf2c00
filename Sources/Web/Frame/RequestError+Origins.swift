import Core
import Scheduler
import Store

extension RequestError {
    /// A refusal of an operation, with the status that fits it.
    init(_ error: OperationError) {
        let sentence = Self.capitalized(error.description)
        self =
            switch error {
            case .unknownDAG, .brokenDAG: .notFound(sentence, nearest: Link(path: "/dags", text: "DAGs"))
            case .unknownRun(let name):
                .notFound(sentence, nearest: Link(path: Address.dag(name.dag), text: name.dag))
            case .unknownBackfill: .notFound(sentence, nearest: Link(path: "/backfills", text: "All backfills"))
            case .unknownRunner: .notFound(sentence, nearest: Link(path: "/runners", text: "Runners"))
            case .unknownPool: .notFound(sentence, nearest: Link(path: "/pools", text: "Pools"))
            case .unknownIncident: .notFound(sentence, nearest: Link(path: "/incidents", text: "All incidents"))
            case .unknownTask(let name, _, _):
                .notFound(sentence, nearest: Link(path: Address.run(name), text: name.key))
            case .invalidParams, .badInput: .invalid(sentence)
            case .conflict, .planChanged, .countDemanded, .sentBefore: .conflict(sentence)
            case .refused: .forbidden(sentence)
            }
    }

    /// That there is no such DAG, with the one that was probably meant; or why there is none, where its file is broken.
    static func missingDAG(_ name: String, in store: Store, nearest: Link) async throws -> RequestError {
        if let file = try await store.brokenFile(ofDAG: name) {
            return RequestError(OperationError.brokenDAG(name, path: file.path))
        }
        let hint = Spelling.suggestion(for: name, among: try await store.dagNames())
        return .notFound("There is no DAG '\(name.shortened)'\(hint.isEmpty ? "." : hint)", nearest: nearest)
    }

    /// A sentence with a capital at its beginning.
    static func capitalized(_ sentence: String) -> String {
        sentence.prefix(1).uppercased() + sentence.dropFirst()
    }
}
