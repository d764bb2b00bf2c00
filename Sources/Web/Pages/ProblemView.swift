import Core
import Store

/// A file that cannot be read, as pages show it.
struct BrokenFileView: Sendable {
    let badge = Badge.broken
    let file: String
    /// The DAG whose last good version stays in force.
    let inForce: String?
    let dagPath: String?
    let problems: [ProblemView]

    init(_ record: FileErrorRecord) {
        file = record.path
        inForce = record.dag
        dagPath = record.dag.map(Address.dag)
        problems = ProblemView.list(record.problems, file: record.path)
    }
}

/// One thing that is wrong with a file.
struct ProblemView: Sendable {
    /// `file:line:column`.
    let place: String
    let message: String
    let hint: String?

    /// Reads the JSON array that the store keeps; at most five problems are shown.
    static func list(_ json: String, file: String) -> [ProblemView] {
        guard case .array(let elements) = JSONValue(parsing: json) else { return [] }
        return elements.prefix(5).map { element in
            var place = file
            if case .number(let line) = element["line"] { place += ":\(line)" }
            if case .number(let column) = element["column"] { place += ":\(column)" }
            return ProblemView(place: place, message: text(element["message"]) ?? "", hint: text(element["hint"]))
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        if case .string(let text) = value, !text.isEmpty { return text }
        return nil
    }
}
