/// A named graph of tasks with its schedule: what one DAG file says, after parsing and checking.
///
/// A value of this type is always sound: every name in `needs` exists, there is no cycle, every template and
/// expression has been checked. Tasks are in the file's order.
package struct DAG: Hashable, Sendable {
    /// The id made of the file's name and folders, such as `finance.sales`.
    package var id: String
    package var description: String?
    package var owner: String?
    package var tags: [String]
    /// Where people read what to do when it fails.
    package var runbook: String?
    /// When it runs by itself; nil: only when triggered.
    package var schedule: Schedule?
    /// Whether a file seen for the first time starts paused.
    package var startsPaused: Bool
    /// Limit of a whole run; nil: none.
    package var timeout: Duration?
    /// How many scheduled and manual runs may be under way at once.
    ///
    /// Defaults to 1 (with `overlap: allow`, 16).
    package var maximumActiveRuns: Int
    /// How many tasks of this DAG may run at once.
    ///
    /// Defaults to 16.
    package var maximumActiveTasks: Int
    package var params: [Param]
    /// Variables of every task; values are templates.
    package var environment: [EnvironmentTemplate]
    package var tasks: [TaskDefinition]

    /// Makes a DAG of tasks and leaves the rest at its defaults.
    package init(id: String, tasks: [TaskDefinition]) {
        self.id = id
        tags = []
        startsPaused = false
        maximumActiveRuns = 1
        maximumActiveTasks = 16
        params = []
        environment = []
        self.tasks = tasks
    }
}

/// A variable whose value is filled in when an attempt starts.
package struct EnvironmentTemplate: Hashable, Sendable {
    package var name: String
    package var value: Template

    /// Pairs a name with its template.
    package init(name: String, value: Template) {
        self.name = name
        self.value = value
    }
}

extension DAG {
    /// The params of a run that nobody gave any: every default.
    package var defaultParams: [String: String] {
        Dictionary(params.compactMap { param in param.defaultText.map { (param.name, $0) } }) { first, _ in first }
    }
}
