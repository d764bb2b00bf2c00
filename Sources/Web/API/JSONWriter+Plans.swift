import Core
import Scheduler
import Store

extension JSONWriter {
    /// Writes what clearing would do, or has done.
    mutating func clearPlan(_ plan: ClearPlan, isRehearsal: Bool) {
        object { writer in
            writer.member("run", plan.run.description)
            writer.member("dry_run", isRehearsal)
            writer.member("plan", plan.hash)
            writer.name("tasks")
            writer.clearItems(plan.items)
            writer.name("also")
            writer.changes(plan.also)
            writer.name("running")
            writer.clearItems(plan.running)
            writer.name("left_out")
            writer.clearItems(plan.leftOut)
        }
    }

    private mutating func clearItems(_ items: [ClearPlan.Item]) {
        array(items) { writer, item in
            writer.object {
                $0.member("id", item.task)
                $0.member("map_index", item.mapIndex)
                $0.member("state", item.state.rawValue)
            }
        }
    }

    /// Writes what becomes of task instances.
    mutating func changes(_ changes: [VerbPlan.Change]) {
        array(changes) { writer, change in
            writer.object {
                $0.member("id", change.task)
                $0.member("map_index", change.mapIndex)
                $0.member("state", change.old?.rawValue)
                $0.member("new_state", change.new.rawValue)
                $0.member("asked_to_end", change.isAsked)
            }
        }
    }

    /// Writes what unpausing a DAG would start.
    mutating func unpausePlan(_ plan: UnpausePlan) {
        object { writer in
            writer.member("dag", plan.dag)
            writer.member("dry_run", true)
            writer.member("plan", plan.hash)
            writer.member("paused", plan.isPaused)
            writer.member("runs", plan.forecast.runs)
            writer.member("first_run", plan.forecast.firstRun)
            writer.member("last_run", plan.forecast.lastRun)
            writer.name("skipped")
            writer.object { writer in
                for reason in TickPlan.Skip.allCases {
                    writer.name(reason.rawValue)
                    writer.value(plan.forecast.skips[reason] ?? 0)
                }
            }
            writer.member("cancels_running", plan.forecast.cancelsUnfinished)
            writer.member("complete", plan.forecast.isWhole)
            writer.member("next_tick", plan.forecast.nextTick)
        }
    }

    /// Writes which runs a backfill would make, or has made.
    mutating func backfillPlan(_ plan: BackfillPlan, isRehearsal: Bool) {
        object { writer in
            writer.member("id", plan.id)
            writer.member("dag", plan.dag)
            writer.member("dry_run", isRehearsal)
            writer.member("plan", plan.hash)
            for action in BackfillPlan.Action.allCases { writer.member(action.name, plan.counts[action] ?? 0) }
            writer.name("existing")
            writer.object { writer in
                for state in RunState.allCases {
                    writer.name(state.rawValue)
                    writer.value(plan.existing[state] ?? 0)
                }
            }
            writer.member("forecast", of: plan.usual.flatMap { usual in plan.forecast.map { ($0, usual) } }) {
                let (forecast, usual) = $1
                $0.member("duration_us", forecast.duration.clampedMicroseconds)
                $0.member("runs_at_once", forecast.runsAtOnce)
                $0.member("usual_run_us", usual.median.clampedMicroseconds)
                $0.member("based_on_runs", usual.successes)
            }
            writer.name("pools")
            writer.array(plan.pools) { writer, pool in
                writer.object {
                    $0.member("name", pool.name)
                    $0.member("slots", pool.slots)
                    $0.member("slots_in_use", pool.slotsInUse)
                    $0.member("widest_task", pool.widest)
                }
            }
            writer.member("omitted", plan.omitted)
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

extension BackfillPlan.Action {
    /// The member that counts it.
    fileprivate var name: StaticString {
        switch self {
        case .create: "create"
        case .rerun: "rerun"
        case .leave: "leave"
        }
    }
}
