import Core
import Scheduler
import Store

extension JSONWriter {
    /// Writes what a word about a run would change.
    mutating func verbPlan(_ plan: VerbPlan) {
        object { writer in
            writer.member("run", plan.run.description)
            writer.member("dry_run", true)
            writer.member("plan", plan.hash)
            writer.member("state", plan.oldState.rawValue)
            writer.member("new_state", plan.newState.rawValue)
            writer.name("tasks")
            writer.changes(plan.changes)
        }
    }

    /// Writes what clearing runs would do, or has done.
    mutating func clearRunsPlan(_ plan: ClearRunsPlan, isRehearsal: Bool) {
        object { writer in
            writer.member("dag", plan.dag)
            writer.member("dry_run", isRehearsal)
            writer.member("plan", plan.hash)
            writer.member("count", plan.count)
            writer.name("runs")
            writer.array(plan.runs) { $0.clearPlan($1, isRehearsal: isRehearsal) }
        }
    }

    /// Writes what running a run again would mean, or has meant.
    mutating func rerunPlan(_ plan: RerunPlan, diff: String, isRehearsal: Bool) {
        object { writer in
            writer.member("run", plan.run.description)
            writer.member("dry_run", isRehearsal)
            writer.member("plan", plan.hash)
            writer.member("mode", plan.mode.rawValue)
            writer.member("version", plan.oldVersion)
            writer.member("new_version", plan.newVersion)
            writer.name("tasks")
            writer.array(plan.tasks) { writer, item in
                writer.object {
                    $0.member("id", item.task)
                    $0.member("change", item.change.rawValue)
                    $0.member("instances", item.instances)
                    $0.member("state", item.state?.rawValue)
                }
            }
            writer.name("params")
            writer.array(plan.params) { writer, param in
                writer.object {
                    $0.member("name", param.name)
                    $0.member("value", param.old)
                    $0.member("new_value", param.new)
                }
            }
            writer.member("diff", diff)
        }
    }

    /// Writes what pausing a DAG would hold back.
    mutating func pausePlan(_ plan: PausePlan) {
        object {
            $0.member("dag", plan.dag)
            $0.member("dry_run", true)
            $0.member("plan", plan.hash)
            $0.member("paused", plan.isPaused)
            $0.member("next_run", plan.nextRun)
            $0.member("queued_runs", plan.queued)
            $0.member("running_runs", plan.running)
        }
    }

    /// Writes what people asked for, newest first.
    mutating func deeds(_ deeds: [DeedRecord]) {
        array(deeds) { writer, deed in
            writer.object { writer in
                writer.member("at", deed.at)
                writer.member("verb", deed.verb.rawValue)
                writer.member("subject", deed.subject)
                writer.member("tasks", deed.tasks)
                writer.name("detail")
                writer.object { writer in
                    for name in deed.detail.keys.sorted() {
                        writer.name(name)
                        writer.value(deed.detail[name])
                    }
                }
                writer.member("actor", deed.actor)
                writer.member("reason", deed.reason)
            }
        }
    }
}
