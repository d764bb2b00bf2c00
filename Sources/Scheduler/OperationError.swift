package import Core

/// Why an operator's wish was not carried out; nothing was changed.
package enum OperationError: Error, Hashable, Sendable {
    case unknownDAG(String, suggestion: String?)
    /// A DAG whose file, at that path, was never valid.
    case brokenDAG(String, path: String)
    case unknownRun(RunName)
    case unknownBackfill(Int)
    case unknownPool(String)
    case unknownRunner(String)
    case unknownIncident(String)
    case unknownTask(RunName, String, suggestion: String?)
    /// A sentence for each param; the empty name stands for all of them.
    case invalidParams([String: String])
    /// A value that cannot be read, such as a date.
    case badInput(String)
    /// The present state does not allow it.
    case conflict(String)
    /// It is not allowed.
    case refused(String)
    /// The plan that was agreed to is not what would happen now.
    case planChanged
    /// So many tasks are meant that their number must be given, and another or none was.
    case countDemanded(Int, given: Int?)
    /// The form was sent before, and what it asked for was done then; with what that made.
    case sentBefore(String?)
}

extension OperationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownDAG(let name, let suggestion):
            "there is no DAG '\(name)'." + Self.meant(suggestion) + " `rota dags list` shows all."
        case .brokenDAG(let name, let path):
            "there is no DAG '\(name)' yet: its file \(path) is not valid. Mend it; `rota why \(name)` says what is wrong."
        case .unknownRun(let name):
            "there is no run '\(name)'. `rota runs list --dag \(name.dag)` shows those of that DAG."
        case .unknownBackfill(let id):
            "there is no backfill '\(id)'. `rota backfills list` shows all."
        case .unknownPool(let name):
            "there is no pool '\(name)'. `rota pools list` shows all."
        case .unknownRunner(let name):
            "there is no runner '\(name)'. `rota runners list` shows all."
        case .unknownIncident(let code):
            "there is no incident '\(code.shortened)'. `rota incidents list` shows the newest."
        case .unknownTask(let run, let task, let suggestion):
            "run '\(run)' has no task '\(task)'." + Self.meant(suggestion)
        case .invalidParams(let problems):
            problems.keys.sorted().compactMap { problems[$0] }.joined(separator: "\n")
        case .badInput(let sentence), .conflict(let sentence), .refused(let sentence): sentence
        case .planChanged:
            "what would be done has changed since it was shown, so nothing was done. Look at the new plan and decide again."
        case .countDemanded(let count, let given):
            if let given {
                "nothing was done: this is about \(count) tasks, not \(given)."
            } else {
                "nothing was done: this is about \(count) tasks. Give their number as well, to show that it is meant."
            }
        case .sentBefore: "this was sent before, and was done then. Nothing was done again."
        }
    }

    /// That a run cannot begin anew, for nothing would ever start it.
    static func fileGone(ofDAG dag: String) -> OperationError {
        .refused("the file of DAG '\(dag)' is gone, so its runs do not run again. Put it back first.")
    }

    private static func meant(_ suggestion: String?) -> String {
        suggestion.map { " Did you mean '\($0)'?" } ?? ""
    }
}
