import Core
import Store

extension JSONWriter {
    /// Writes what people were told of, and whether.
    mutating func incident(_ record: IncidentRecord) {
        object { writer in
            writer.member("code", record.code)
            writer.member("at", record.at)
            writer.member("run", record.run.description)
            writer.member("logical_date", record.logicalDate)
            writer.member("task", record.task)
            writer.member("map_index", record.mapIndex)
            writer.member("failed_tasks", record.tasks)
            writer.member("attempt", record.attempt)
            writer.member("state", record.attemptState?.rawValue)
            writer.member("exit_code", record.exitCode)
            writer.member("signal", record.signal.map { SignalName.name(of: $0) })
            writer.member("runner", record.runner)
            writer.member("cause", record.cause)
            writer.member("cause_line", record.causeLine)
            writer.member("reason", record.reason)
            writer.member("failure", record.signature)
            writer.member("muted", record.isMuted)
            writer.member("acknowledged_at", record.acknowledgedAt)
            writer.member("acknowledged_by", record.acknowledgedBy)
            writer.member("solved_at", record.solvedAt)
            writer.member("solved_by", record.solvedBy?.description)
            writer.name("messages")
            writer.array(record.deliveries) { writer, delivery in
                writer.object {
                    $0.member("to", delivery.target)
                    $0.member("tries", delivery.tries)
                    $0.member("delivered_at", delivery.deliveredAt)
                    $0.member("next_try_at", delivery.nextTryAt)
                    $0.member("error", delivery.error)
                }
            }
        }
    }

    /// Writes a mute in force.
    mutating func mute(_ record: MuteRecord) {
        object {
            $0.member("id", record.id)
            $0.member("dag", record.dag)
            $0.member("failure", record.signature)
            $0.member("cause", record.cause)
            $0.member("until", record.until)
            $0.member("reason", record.reason)
            $0.member("actor", record.actor)
            $0.member("created_at", record.createdAt)
        }
    }
}
