import Core
import YAML

/// Makes a DAG of a file's nodes and collects everything that is wrong with it.
struct DAGReader {
    let root: Node
    let id: String
    let source: SourceText
    let now: Timestamp?
    let zones: (String) throws -> TimeZoneRules
    let calendars: CalendarSet
    private(set) var problems: [Problem] = []
    private var seen: Set<Problem> = []

    init(
        root: Node,
        id: String,
        source: SourceText,
        now: Timestamp?,
        zones: @escaping (String) throws -> TimeZoneRules,
        calendars: CalendarSet
    ) {
        self.root = root
        self.id = id
        self.source = source
        self.now = now
        self.zones = zones
        self.calendars = calendars
    }

    /// Reads the whole file; the DAG is sound only where no problem is an error.
    mutating func read() -> DAG {
        var checker = ShapeChecker()
        checker.check(root, .object(DAGLanguage.root), name: "")
        for problem in checker.problems { add(problem) }

        let fields = Fields(root)
        var dag = DAG(id: id, tasks: [])
        dag.description = fields.text("description")
        dag.owner = fields.text("owner")
        dag.tags = fields.texts("tags")
        dag.runbook = fields.text("runbook")
        dag.startsPaused = fields.boolean("paused") ?? false
        dag.timeout = fields.duration("timeout")
        dag.params = readParams(fields["params"], isScheduled: fields["schedule"] != nil)
        if let node = fields["schedule"] {
            var reader = ScheduleReader(now: now, zones: zones, calendars: calendars)
            dag.schedule = reader.read(node)
            for problem in reader.problems { add(problem) }
        }
        dag.maximumActiveRuns = fields.integer("max_active_runs") ?? (dag.schedule?.overlap == .allow ? 16 : 1)
        dag.maximumActiveTasks = fields.integer("max_active_tasks") ?? 16

        let types = Dictionary(dag.params.map { ($0.name, $0.type) }) { first, _ in first }
        let scope = ReferenceScope(params: types, zone: zones)
        dag.environment = readEnvironment(fields["env"], scope: scope)
        dag.tasks = readTasks(fields["tasks"], defaults: fields["defaults"], scope: scope)
        return dag
    }

    /// Adds a problem, once.
    mutating func add(_ problem: Problem) {
        if seen.insert(problem).inserted { problems.append(problem) }
    }

    /// The task that was probably meant; after many problems nobody waits for more suggestions.
    func suggestTask(for name: String, among names: Set<String>) -> String? {
        problems.count < Limits.suggestions ? Spelling.nearest(to: name, among: names.sorted()) : nil
    }

    mutating func add(_ problem: TemplateProblem, in node: Node) {
        add(Problem(at: node.mark(offset: problem.offset), problem.message, hint: problem.hint))
    }

    /// Reads variables whose names are the same everywhere.
    mutating func readEnvironment(_ node: Node?, scope: ReferenceScope) -> [EnvironmentTemplate] {
        var environment: [EnvironmentTemplate] = []
        for entry in node?.entries ?? [] {
            guard let text = entry.value.scalar?.text else { continue }
            do throws(TemplateProblem) {
                let template = try Template(parsing: text, in: scope)
                environment.append(EnvironmentTemplate(name: entry.key, value: template))
            } catch {
                add(error, in: entry.value)
            }
        }
        return environment
    }
}
