import Scheduler

extension RequestError {
    /// A refusal of an operation, with the status that fits it.
    init(_ error: OperationError) {
        self =
            switch error {
            case .unknownDAG: .notFound(error.description, nearest: Link(path: "/dags", text: "DAGs"))
            case .unknownRun(let name):
                .notFound(error.description, nearest: Link(path: Address.dag(name.dag), text: name.dag))
            case .unknownTask(let name, _, _):
                .notFound(error.description, nearest: Link(path: Address.run(name), text: name.key))
            case .invalidParams: .invalid(error.description)
            case .conflict, .planChanged: .conflict(error.description)
            case .refused: .forbidden(error.description)
            }
    }
}
