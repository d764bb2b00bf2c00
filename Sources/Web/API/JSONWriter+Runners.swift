import Core
import NIOCore
import Scheduler
import Store

extension JSONWriter {
    /// Writes a runner.
    mutating func runner(_ runner: RunnerRecord) {
        object { $0.runnerMembers(runner) }
    }

    /// Writes a runner with what is on it and what was said of it.
    mutating func runnerDetail(_ runner: RunnerRecord, _ holders: [SlotHolder], _ history: [RunnerDeedRecord]) {
        object { writer in
            writer.runnerMembers(runner)
            writer.name("holders")
            writer.array(holders) { $0.runnerTask($1) }
            writer.name("history")
            writer.array(history) { writer, line in
                writer.object {
                    $0.member("at", line.at)
                    $0.member("verb", line.deed.verb.rawValue)
                    $0.member("attempts", line.deed.attempts)
                    $0.member("actor", line.deed.actor)
                    $0.member("reason", line.deed.reason)
                }
            }
        }
    }

    /// Writes what a word about a runner would do, or has done.
    mutating func runnerPlan(_ plan: RunnerPlan, isRehearsal: Bool) {
        object { writer in
            writer.member("runner", plan.runner)
            writer.member("dry_run", isRehearsal)
            switch plan.verb {
            case .drain: writer.member("verb", "drain")
            case .resume: writer.member("verb", "resume")
            case .remove: writer.member("verb", "remove")
            }
            writer.member("already_so", plan.isDone)
            writer.member("attempts", plan.attempts)
            writer.name("tasks")
            writer.array(plan.oldest) { $0.runnerTask($1) }
            writer.member("refusal", plan.refusal)
        }
    }

    private mutating func runnerTask(_ holder: SlotHolder) {
        object {
            $0.member("run", holder.run.description)
            $0.member("task", holder.task)
            $0.member("map_index", holder.mapIndex)
            $0.member("attempt", holder.attempt)
            $0.member("state", holder.state.rawValue)
            $0.member("slots", holder.slots)
            $0.member("since", holder.since)
        }
    }

    private mutating func runnerMembers(_ runner: RunnerRecord) {
        member("name", runner.name)
        member("kind", runner.kind.rawValue)
        member("state", runner.state.rawValue)
        member("reason", runner.reason)
        member("address", runner.address)
        name("labels")
        array(runner.labels) { $0.value($1) }
        member("slots", runner.slots)
        member("slots_in_use", runner.slotsInUse)
        member("attempts", runner.attemptsInFlight)
        member("host_name", runner.hostName)
        member("version", runner.version)
        member("boot_id", runner.bootID)
        member("last_contact_at", runner.lastContactAt)
        member("joined_at", runner.joinedAt)
        name("load")
        if let load = runner.load {
            object {
                $0.member("per_processor", load.load.map(Figure.init))
                $0.member("memory_free", load.memoryFree.map(Figure.init))
                $0.member("measure", load.measure.map(Figure.init))
                $0.member("at", runner.heartbeatAt)
            }
        } else {
            value(String?.none)
        }
        name("drained")
        if let drain = runner.drain {
            object {
                $0.member("at", drain.at)
                $0.member("actor", drain.actor)
                $0.member("reason", drain.reason)
            }
        } else {
            value(String?.none)
        }
        name("busy")
        if let since = runner.busySince {
            object {
                $0.member("since", since)
                $0.member("reason", runner.busyReason)
            }
        } else {
            value(String?.none)
        }
        name("busy_limits")
        if runner.limits.isAny {
            value(String?.none)
        } else {
            object {
                $0.member("per_processor", runner.limits.load.map(Figure.init))
                $0.member("memory_free", runner.limits.memoryFree.map(Figure.init))
                $0.member("measure", runner.limits.measure.map(Figure.init))
                $0.member("margin", Figure(runner.limits.margin))
            }
        }
        name("copy")
        if let at = runner.copyAt {
            object {
                $0.member("at", at)
                $0.member("reason", runner.copyReason)
            }
        } else {
            value(String?.none)
        }
        name("reserved")
        if let reserved = runner.reserved {
            object {
                $0.member("slots", reserved.slots)
                $0.member("priority", reserved.priority)
            }
        } else {
            value(String?.none)
        }
    }
}

/// A figure with three places behind the point.
private struct Figure: JSONWritable {
    let value: Double

    init(_ value: Double) {
        self.value = value
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeString(value.isFinite ? "\((value * 1_000).rounded() / 1_000)" : "null")
    }
}
