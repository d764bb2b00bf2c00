import Core
import Hummingbird
import Scheduler
import Store

extension API {
    /// Routes of operators' verbs: each tells with `dry_run` what it would do.
    func addVerbRoutes(to group: some RouterMethods<WebContext>) {
        group.post("runs/{dag}/{key}/cancel", use: cancelRun)
        group.post("runs/{dag}/{key}/clear", use: clear)
        group.post("runs/{dag}/{key}/rerun", use: rerun)
        group.post("runs/{dag}/{key}/tasks/{task}/mark", use: mark)
        group.post("runs/{dag}/{key}/tasks/{task}/cancel", use: cancelTask)
        group.post("dags/{dag}/clear", use: clearRuns)
        group.post("dags/{dag}/pause", use: pause)
        group.post("dags/{dag}/unpause", use: unpause)
    }

    @Sendable private func cancelRun(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["reason", "dry_run", "plan"])
        let run = try await requireRun(context)
        if let plan = try await rehearsal(of: .cancelRun, run, body) { return plan }
        try await perform(.cancelRun, run, body, context)
        return try await runAnswer(run.name)
    }

    @Sendable private func mark(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["state", "map_index", "reason", "dry_run", "plan"])
        let word = try body.requiredText("state")
        guard let state = TaskState(rawValue: word), [.success, .failed, .skipped].contains(state) else {
            throw RequestError.invalid("state is '\(word.shortened)'; allowed: success, failed, skipped.")
        }
        let mapIndex = try body.integer("map_index", in: 0...Int(Int32.max))
        return try await act(on: context, body, mapIndex) { .mark($0, mapIndex: mapIndex, as: state) }
    }

    @Sendable private func cancelTask(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["map_index", "reason", "dry_run", "plan"])
        let mapIndex = try body.integer("map_index", in: 0...Int(Int32.max))
        return try await act(on: context, body, mapIndex) { .cancelTask($0, mapIndex: mapIndex) }
    }

    /// Rehearses or does what a word says about the task that the address names.
    private func act(
        on context: WebContext,
        _ body: RequestBody,
        _ mapIndex: Int?,
        _ verb: (String) -> RunVerb
    ) async throws -> Response {
        let run = try await requireRun(context)
        let task = try context.part("task")
        try await requireTask(run, task)
        if let plan = try await rehearsal(of: verb(task), run, body) { return plan }
        try await perform(verb(task), run, body, context)
        return try await taskAnswer(run, task, mapIndex)
    }

    /// What a word would change, where the request asks for that only.
    private func rehearsal(of verb: RunVerb, _ run: RunRecord, _ body: RequestBody) async throws -> Response? {
        guard try body.flag("dry_run") else { return nil }
        let plan = try await operations.plan(verb, run: run.name)
        return answer { $0.verbPlan(plan) }
    }

    private func perform(
        _ verb: RunVerb,
        _ run: RunRecord,
        _ body: RequestBody,
        _ context: WebContext
    ) async throws {
        try await operations.perform(
            verb,
            run: run.name,
            planHash: body.text("plan"),
            actor: context.visitor.actor,
            reason: body.text("reason")
        )
    }

    @Sendable private func clear(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let fields = [
            "tasks", "map_index", "downstream", "upstream", "only_failed", "dry_run", "plan", "count", "reason",
        ]
        let body = try await RequestBody(request, allowed: fields)
        let run = try await requireRun(context)
        let wish = ClearRequest(
            run: run.name,
            tasks: try body.texts("tasks"),
            mapIndex: try body.integer("map_index", in: 0...Int(Int32.max)),
            downstream: try body.flag("downstream"),
            upstream: try body.flag("upstream"),
            onlyFailed: try body.flag("only_failed")
        )
        let isRehearsal = try body.flag("dry_run")
        let plan =
            isRehearsal
            ? try await operations.planClear(wish)
            : try await operations.clear(
                wish,
                planHash: body.text("plan"),
                count: body.integer("count", in: 0...Int(Int32.max)),
                actor: context.visitor.actor,
                reason: body.text("reason")
            )
        return answer { $0.clearPlan(plan, isRehearsal: isRehearsal) }
    }

    @Sendable private func clearRuns(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let fields = [
            "from", "to", "runs", "tasks", "downstream", "upstream", "only_failed", "dry_run", "plan", "count",
            "reason",
        ]
        let body = try await RequestBody(request, allowed: fields)
        let dag = try context.part("dag")
        try await requireDAG(dag)
        let keys = try body.texts("runs")
        let wish = ClearRunsRequest(
            dag: dag,
            runs: keys.isEmpty
                ? .dated(from: try body.requiredText("from"), to: try body.requiredText("to")) : .keyed(keys),
            tasks: try body.texts("tasks"),
            downstream: try body.flag("downstream"),
            upstream: try body.flag("upstream"),
            onlyFailed: try body.flag("only_failed")
        )
        let isRehearsal = try body.flag("dry_run")
        let plan =
            isRehearsal
            ? try await operations.planClear(wish)
            : try await operations.clear(
                wish,
                planHash: body.text("plan"),
                count: body.integer("count", in: 0...Int(Int32.max)),
                actor: context.visitor.actor,
                reason: body.text("reason")
            )
        return answer { $0.clearRunsPlan(plan, isRehearsal: isRehearsal) }
    }

    @Sendable private func rerun(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["mode", "dry_run", "plan", "reason"])
        let run = try await requireRun(context)
        _ = try body.requiredText("mode")
        let mode = try body.word("mode", as: RerunMode.self) ?? .asItWas
        let isRehearsal = try body.flag("dry_run")
        let plan =
            isRehearsal
            ? try await operations.planRerun(run: run.name, mode: mode)
            : try await operations.rerun(
                run: run.name,
                mode: mode,
                planHash: body.text("plan"),
                actor: context.visitor.actor,
                reason: body.text("reason")
            )
        var diff = ""
        if plan.oldVersion != plan.newVersion {
            let old = try await store.source(ofDAG: run.name.dag, version: plan.oldVersion)
            let new = try await store.source(ofDAG: run.name.dag, version: plan.newVersion)
            diff = UnifiedDiff.text(from: old?.bytes ?? [], to: new?.bytes ?? [])
        }
        return answer { $0.rerunPlan(plan, diff: diff, isRehearsal: isRehearsal) }
    }

    @Sendable private func pause(_ request: Request, _ context: WebContext) async throws -> Response {
        try await setPaused(true, request, context) { name in
            let plan = try await operations.planPause(dag: name)
            return answer { $0.pausePlan(plan) }
        }
    }

    @Sendable private func unpause(_ request: Request, _ context: WebContext) async throws -> Response {
        try await setPaused(false, request, context) { name in
            let plan = try await operations.planUnpause(dag: name)
            return answer { $0.unpausePlan(plan) }
        }
    }

    /// Rehearses or does what a request says about the DAG that its address names.
    private func setPaused(
        _ isPaused: Bool,
        _ request: Request,
        _ context: WebContext,
        rehearsal: (String) async throws -> Response
    ) async throws -> Response {
        _ = try Query(request, allowed: [])
        let body = try await RequestBody(request, allowed: ["dry_run", "plan", "reason"])
        let name = try context.part("dag")
        try await requireDAG(name)
        if try body.flag("dry_run") { return try await rehearsal(name) }
        try await operations.setPaused(
            dag: name,
            isPaused,
            planHash: body.text("plan"),
            actor: context.visitor.actor,
            reason: body.text("reason")
        )
        return try await dagAnswer(name)
    }
}
