import Core
import Store

extension JSONWriter {
    /// Writes a DAG as listings have it.
    mutating func dag(_ dag: DAGRecord, definition: DAG?) {
        object { $0.dagMembers(dag, definition) }
    }

    /// Writes a DAG with what its file says.
    mutating func dagDetail(_ dag: DAGRecord, definition: DAG?, error: FileErrorRecord?, _ deeds: [DeedRecord]) {
        object { writer in
            writer.dagMembers(dag, definition)
            writer.member("first_seen_at", dag.firstSeenAt)
            writer.member("runbook", definition?.runbook)
            writer.member("max_active_runs", definition?.maximumActiveRuns)
            writer.member("max_active_tasks", definition?.maximumActiveTasks)
            writer.name("params")
            writer.array(definition?.params ?? []) { $0.param($1) }
            writer.name("tasks")
            writer.array(definition?.tasks ?? []) { $0.definition($1) }
            writer.name("file_error")
            if let error { writer.fileError(error) } else { writer.value(String?.none) }
            writer.name("deeds")
            writer.deeds(deeds)
        }
    }

    /// Writes a line of the schedule ledger.
    mutating func tick(_ tick: TickRecord, of dag: String) {
        object {
            $0.member("tick", tick.first)
            $0.member("last", tick.last)
            $0.member("ticks", tick.count)
            $0.member("decision", tick.decision)
            $0.member("run", tick.runKey.map { RunName(dag: dag, key: $0).description })
            $0.member("decided_at", tick.decidedAt)
            $0.member("tzdata", tick.tzdata)
        }
    }

    private mutating func dagMembers(_ dag: DAGRecord, _ definition: DAG?) {
        member("id", dag.name)
        member("state", dag.isRetired ? "retired" : "active")
        member("paused", dag.isPaused)
        member("path", dag.path)
        member("version", dag.version)
        member("broken", dag.isBroken)
        member("next_tick", dag.isPaused || dag.isRetired ? nil : dag.nextRun)
        member("description", definition?.description)
        member("owner", definition?.owner)
        name("tags")
        array(definition?.tags ?? []) { $0.value($1) }
        member("schedule", of: definition?.schedule) { $0.scheduleMembers($1) }
        member("latest_run", of: dag.latestRun) { $0.latestRunMembers($1, of: dag.name) }
    }

    private mutating func latestRunMembers(_ run: DAGRecord.LatestRun, of dag: String) {
        member("id", RunName(dag: dag, key: run.key).description)
        member("type", run.type.rawValue)
        member("state", run.state.rawValue)
        member("logical_date", run.logicalDate)
        member("created_at", run.createdAt)
        member("started_at", run.startedAt)
        member("ended_at", run.endedAt)
    }

    private mutating func scheduleMembers(_ schedule: Schedule) {
        member("text", schedule.text)
        member("timezone", schedule.timetable.zone.name)
        member("catchup", schedule.catchup.rawValue)
        member("overlap", schedule.overlap.rawValue)
        member("shadow", schedule.isShadow)
        member("calendar", schedule.calendarName)
        member("shift", schedule.timetable.shift?.direction.rawValue)
    }

    private mutating func param(_ param: Param) {
        object {
            $0.member("name", param.name)
            $0.member("type", param.type.rawValue)
            $0.member("description", param.description)
            $0.member("default", param.defaultText)
            $0.name("enum")
            $0.array(param.choices) { $0.value($1) }
        }
    }

    private mutating func definition(_ task: TaskDefinition) {
        object {
            $0.member("id", task.id)
            $0.name("needs")
            $0.array(task.needs) { $0.value($1) }
            $0.member("trigger_rule", task.triggerRule.rawValue)
            $0.member("pool", task.pool)
        }
    }
}
