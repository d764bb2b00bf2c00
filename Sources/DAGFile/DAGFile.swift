package import Core
package import YAML

/// Reads DAG files.
package enum DAGFile {
    /// What a file says, and what is wrong with it.
    package struct ParseResult: Sendable {
        /// The DAG; nil where the file is none, or has an error.
        package var dag: DAG?
        /// Everything to be mended, by place; with a DAG there are only warnings and notes.
        package var problems: [Problem]
        /// Whether the file is meant to be a DAG: it has `tasks`, or cannot be read at all.
        package var isDAG: Bool
        /// The file's lines, for showing problems.
        package var source: SourceText
        /// The calendar that its schedule names, whether it can be used or not.
        package var calendar: String?

        /// Whether the file cannot be used as a DAG.
        package var hasErrors: Bool { problems.contains { $0.severity == .error } }
    }

    /// Parses and checks one file.
    /// - Parameters:
    ///   - source: Its bytes.
    ///   - path: The file as problems name it.
    ///   - id: The DAG's id.
    ///   - now: From when on changes of the zone's clocks are looked at; nil: never.
    ///   - calendars: The calendars that its schedule may name.
    ///   - zones: Finds the rules of a zone by its IANA name; throws a sentence where there is none.
    /// - Returns: The DAG or its problems.
    package static func parse(
        source: [UInt8],
        path: String,
        id: String,
        now: Timestamp? = nil,
        calendars: CalendarSet = .empty,
        zones: @escaping (String) throws -> TimeZoneRules
    ) -> ParseResult {
        let document = Document(parsing: source, path: path)
        guard document.problems.isEmpty || document.root != nil else {
            return ParseResult(dag: nil, problems: document.problems, isDAG: true, source: document.source)
        }
        guard let root = document.root, root.entry("tasks") != nil else {
            let problem = notADAG(document.root, path: path)
            return ParseResult(dag: nil, problems: document.problems + [problem], isDAG: false, source: document.source)
        }
        var reader = DAGReader(
            root: root,
            id: id,
            source: document.source,
            now: now,
            zones: zones,
            calendars: calendars
        )
        let dag = reader.read()
        var problems = document.problems + reader.problems
        for index in problems.indices { problems[index].path = path }
        problems.sort()
        let hasErrors = problems.contains { $0.severity == .error }
        return ParseResult(
            dag: hasErrors ? nil : dag,
            problems: cut(problems, path: path),
            isDAG: true,
            source: document.source,
            calendar: Fields(Fields(root)["schedule"]).text("calendar")
        )
    }

    /// The JSON Schema of DAG files, for editors.
    package static func jsonSchema() -> String {
        JSONSchema.text(of: DAGLanguage.root, id: "https://rota.invalid/schema/dag.json", title: "A DAG of Rota")
    }

    /// The reference of the language as Markdown: `docs/dag-format.md`.
    package static func reference() -> String {
        DAGReference.text()
    }

    private static func notADAG(_ root: Node?, path: String) -> Problem {
        let likely = ["task", "steps", "jobs", "schedule", "defaults", "params", "dag"]
        let isMeant = root?.entries?.contains { likely.contains($0.key) } ?? false
        return Problem(
            path: path,
            at: root?.mark ?? .start,
            root == nil ? "this is not a DAG: the file is empty" : "this is not a DAG: it has no 'tasks' at its root",
            hint: isMeant ? "write the work under 'tasks', a mapping of names to tasks" : nil,
            severity: .info
        )
    }

    private static func cut(_ problems: [Problem], path: String) -> [Problem] {
        guard problems.count > Limits.problems, let last = problems.last else { return problems }
        let rest = problems.count - Limits.problems
        let shown = problems.prefix(Limits.problems)
        // An error must not be lost behind a hundred warnings.
        let severity: Problem.Severity = problems.contains { $0.severity == .error } ? .error : .warning
        return shown + [Problem(path: path, at: last.mark, "\(rest) more problems are not shown", severity: severity)]
    }
}
