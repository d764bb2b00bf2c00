import Core
import Scheduler

extension JSONWriter {
    /// Writes what clearing would do, or has done.
    mutating func clearPlan(_ plan: ClearPlan, isRehearsal: Bool) {
        object { writer in
            writer.member("run", plan.run.description)
            writer.member("dry_run", isRehearsal)
            writer.member("plan", plan.hash)
            writer.name("tasks")
            writer.array(plan.items) { writer, item in
                writer.object {
                    $0.member("id", item.task)
                    $0.member("map_index", item.mapIndex)
                    $0.member("state", item.state.rawValue)
                }
            }
        }
    }

    /// Writes which runs a backfill would make, or has made.
    mutating func backfillPlan(_ plan: BackfillPlan, isRehearsal: Bool) {
        object { writer in
            writer.member("id", plan.id)
            writer.member("dag", plan.dag)
            writer.member("dry_run", isRehearsal)
            writer.name("runs")
            writer.array(plan.items) { writer, item in
                writer.object {
                    $0.member("id", "\(plan.dag)/\(item.key)")
                    $0.member("logical_date", item.logicalDate)
                    $0.member("existing", item.existing?.rawValue)
                    $0.member("action", item.action.rawValue)
                }
            }
        }
    }
}
