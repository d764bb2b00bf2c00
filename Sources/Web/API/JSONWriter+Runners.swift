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
        member("load", of: runner.load) {
            $0.member("per_processor", $1.load.map(Figure.init))
            $0.member("memory_free", $1.memoryFree.map(Figure.init))
            $0.member("measure", $1.measure.map(Figure.init))
            $0.member("at", runner.heartbeatAt)
        }
        member("drained", of: runner.drain) {
            $0.member("at", $1.at)
            $0.member("actor", $1.actor)
            $0.member("reason", $1.reason)
        }
        member("busy", of: runner.busySince) {
            $0.member("since", $1)
            $0.member("reason", runner.busyReason)
        }
        member("busy_limits", of: runner.limits.areSet ? runner.limits : nil) {
            $0.member("per_processor", $1.load.map(Figure.init))
            $0.member("memory_free", $1.memoryFree.map(Figure.init))
            $0.member("measure", $1.measure.map(Figure.init))
            $0.member("margin", Figure($1.margin))
        }
        member("copy", of: runner.copyAt) {
            $0.member("at", $1)
            $0.member("reason", runner.copyReason)
        }
        member("reserved", of: runner.reserved) {
            $0.member("slots", $1.slots)
            $0.member("priority", $1.priority)
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
