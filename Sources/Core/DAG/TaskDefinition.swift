/// One node of a DAG.
package struct TaskDefinition: Hashable, Sendable {
    /// The name, unique in its DAG.
    package var id: String
    /// Names of the direct upstream tasks, each once, in the file's order.
    package var needs: [String]
    /// Where the items come from of which each gets an instance of its own; nil: the task is not mapped.
    package var mapping: Mapping?
    /// How many instances of a mapped task may be under way at once in one run; nil: any number.
    package var maximumParallel: Int?
    /// What the task does.
    package var action: Action
    package var triggerRule: TriggerRule
    /// Judged after the trigger rule, once per instance; false means skipped.
    package var condition: Expression?
    package var environment: [EnvironmentTemplate]
    /// Variables whose values come from `rota.yaml` when an attempt starts, and which are masked in its log.
    package var secrets: [SecretVariable]
    /// Declared outputs, which are checked when the command has ended.
    package var outputs: [OutputDeclaration]
    /// Limit of one attempt; nil: none.
    package var timeout: Duration?
    package var retries: RetryPolicy
    /// Exit codes that mean "skipped".
    ///
    /// Defaults to 99.
    package var skipExitCodes: [Int32]
    /// The failure counts as success for others and for the run.
    package var allowsFailure: Bool
    /// Named capacity shared by all DAGs; nil: none.
    package var pool: String?
    /// Weight, taken from the runner's slots and from the pool.
    ///
    /// Defaults to 1.
    package var slots: Int
    /// Higher goes first.
    ///
    /// Defaults to 0.
    package var priority: Int
    /// The class that says its priority, and after how long a wait it is missed; nil: none.
    package var priorityClass: String?
    package var runner: RunnerRequirement
    /// What becomes of an attempt whose runner falls silent.
    ///
    /// Defaults to `wait`.
    package var onUnreachable: UnreachablePolicy
    /// Where the command starts; nil: the DAG file's folder on the local runner, else the attempt's folder.
    package var workingDirectory: String?
    /// The interpreter and its options; empty: the default shell.
    package var shell: [String]
    /// What one attempt may use of its host.
    package var resources: ResourceLimits

    /// What a task does.
    package enum Action: Hashable, Sendable {
        /// Nothing: it joins its upstream tasks.
        case join
        /// Runs a script, byte for byte as written.
        case run(script: String)
        /// Makes an HTTP request.
        case http(RequestTemplate)
    }

    /// The request that it makes; nil: it makes none.
    package var request: RequestTemplate? {
        if case .http(let request) = action { request } else { nil }
    }

    /// All templates whose values an attempt needs.
    ///
    /// Those of `for_each` are not among them: they are filled in before there are attempts.
    package var templates: [Template] { environment.map(\.value) + (request?.templates ?? []) }

    /// Makes a task with every other property at its default.
    package init(id: String, needs: [String] = [], action: Action = .join) {
        self.id = id
        self.needs = needs
        self.action = action
        triggerRule = .allSuccess
        environment = []
        secrets = []
        outputs = []
        retries = .none
        skipExitCodes = [99]
        allowsFailure = false
        slots = 1
        priority = 0
        runner = .any
        onUnreachable = .wait
        shell = []
        resources = ResourceLimits()
    }
}

/// Which runners may take a task.
package enum RunnerRequirement: Hashable, Sendable {
    /// Any that fits, the local one first.
    case any
    /// The one of this name.
    case named(String)
    /// Any that has all of these labels.
    case labelled([String])
}

/// A value that a task promises to publish.
package struct OutputDeclaration: Hashable, Sendable {
    package var name: String
    package var type: ValueType

    /// Pairs a name with its type.
    package init(name: String, type: ValueType) {
        self.name = name
        self.type = type
    }
}
