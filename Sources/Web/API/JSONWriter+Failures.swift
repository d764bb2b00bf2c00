import Core
import Store

extension JSONWriter {
    /// Writes a sort of failure as listings have it.
    mutating func failure(_ record: SignatureRecord) {
        object { $0.failureMembers(record) }
    }

    /// Writes a sort of failure with where it happened and its newest failures.
    mutating func failureDetail(_ record: SignatureRecord, _ spread: SignatureSpread, _ newest: [SignedFailure]) {
        object { writer in
            writer.failureMembers(record)
            writer.member("counted_failures", spread.failures)
            writer.member("counted_runs", spread.runs)
            writer.name("tasks")
            writer.array(spread.tasks) { writer, task in
                writer.object {
                    $0.member("dag", task.dag)
                    $0.member("task", task.task)
                    $0.member("failures", task.failures)
                    $0.member("last_seen_at", task.lastSeen)
                }
            }
            writer.name("runners")
            writer.array(spread.runners) { writer, runner in
                writer.object {
                    $0.member("name", runner.name)
                    $0.member("host_name", runner.host)
                    $0.member("failures", runner.failures)
                    $0.member("last_seen_at", runner.lastSeen)
                }
            }
            writer.name("newest")
            writer.array(newest) { $0.signedFailure($1) }
        }
    }

    private mutating func failureMembers(_ record: SignatureRecord) {
        member("id", record.id)
        member("state", record.state.rawValue)
        member("exit_code", record.exitCode)
        member("signal", record.signalName)
        member("subject", record.subject)
        member("template", record.template)
        member("sample", record.sample)
        member("failures", record.failures)
        member("first_seen_at", record.firstSeen)
        member("last_seen_at", record.lastSeen)
        name("dags")
        array(record.dags) { $0.value($1) }
    }

    private mutating func signedFailure(_ failure: SignedFailure) {
        object {
            $0.member("run", failure.run.description)
            $0.member("task", failure.task)
            $0.member("map_index", failure.mapIndex)
            $0.member("attempt", failure.attempt)
            $0.member("runner", failure.runner)
            $0.member("ended_at", failure.endedAt)
            $0.member("cause_line", failure.causeLine)
        }
    }
}
