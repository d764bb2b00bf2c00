import Core
package import YAML

/// Reads calendar files.
package struct CalendarFile: Sendable {
    /// The folder of calendars in a DAG folder.
    package static let folder = "calendars"

    /// Everything to be mended.
    package private(set) var problems: [Problem]
    /// The file's lines, for showing problems.
    package let source: SourceText
    /// The names of the calendars whose days it takes over, with their places.
    let includes: [(node: Node, name: String)]
    let allowed: [WorkCalendar.Rule]
    let blocked: [WorkCalendar.Rule]

    /// Parses and checks one file; `path` is the file as problems name it.
    package init(parsing bytes: [UInt8], path: String) {
        let document = Document(parsing: bytes, path: path)
        source = document.source
        problems = document.problems
        let fields = Fields(document.root)
        includes = fields.scalars("include").map { (node: $0.node, name: $0.text) }
        allowed = fields.texts("allow").flatMap { CalendarDays.rules($0) ?? [] }
        blocked = fields.texts("block").flatMap { CalendarDays.rules($0) ?? [] }
        if let root = document.root {
            var checker = ShapeChecker()
            checker.check(root, .object(CalendarLanguage.root), name: "")
            problems += checker.problems
            var names: Set<String> = []
            for include in includes where !names.insert(include.name).inserted {
                let message = "the calendar '\(include.name.shortened)' is included twice"
                problems.append(Problem(at: include.node.mark, message, hint: "leave one of the two out"))
            }
            if problems.isEmpty, includes.isEmpty, allowed.isEmpty, blocked.isEmpty {
                let hint = "write the days under 'allow' or 'block', or other calendars under 'include'"
                problems.append(Problem(at: root.mark, "the calendar names no days", hint: hint))
            }
        } else if problems.isEmpty {
            problems.append(Problem(at: .start, "the calendar is empty", hint: "write days under 'allow' or 'block'"))
        }
        for index in problems.indices { problems[index].path = path }
    }

    /// Whether it cannot be used.
    package var hasErrors: Bool { problems.contains { $0.severity == .error } }

    /// The path of a calendar's file in the DAG folder, for sentences.
    package static func path(of name: String) -> String { "\(folder)/\(name).yaml" }
}
