import Core
import Store

extension JSONWriter {
    /// Writes a run with its tasks, as scripts rely on it.
    mutating func run(_ detail: RunDetail) {
        object { writer in
            writer.runMembers(detail.run)
            writer.name("tasks")
            writer.array(detail.tasks) { $0.task($1) }
        }
    }

    /// Writes a run as listings have it: without its tasks, but with how many there are.
    mutating func runSummary(_ run: RunRecord) {
        object { writer in
            writer.runMembers(run)
            writer.member("reason", run.reason)
            writer.member("duration_us", Self.duration(of: run))
            writer.name("task_counts")
            writer.object {
                $0.member("total", run.taskCount)
                $0.member("unfinished", run.unfinishedCount)
                $0.member("failed", run.failureCount)
            }
        }
    }

    /// Writes a run with all that is known of it and its tasks.
    mutating func runDetail(_ detail: RunDetail, _ deeds: [DeedRecord], near: [(attempt: AttemptID, lines: [LogLine])])
    {
        object { writer in
            writer.runMembers(detail.run)
            writer.member("reason", detail.run.reason)
            writer.member("duration_us", Self.duration(of: detail.run))
            writer.member("run_after", detail.run.runAfter)
            writer.member("actor", detail.run.actor)
            writer.member("backfill", detail.run.backfillID)
            writer.member("cancel_requested", detail.run.isCancelRequested)
            writer.name("params")
            writer.document(detail.run.params)
            writer.name("deeds")
            writer.deeds(deeds)
            writer.name("near_causes")
            writer.array(near) { writer, near in
                writer.object { writer in
                    writer.member("attempt", near.attempt.description)
                    writer.name("lines")
                    writer.array(near.lines) { writer, line in
                        writer.object {
                            $0.member("line", line.number)
                            $0.member("text", CauseContext.text(of: line))
                        }
                    }
                }
            }
            writer.name("tasks")
            writer.array(detail.tasks) { $0.taskDetail($1) }
        }
    }

    /// In microseconds; nil until it has ended.
    private static func duration(of run: RunRecord) -> Int64? {
        run.endedAt.flatMap { run.took(now: $0) }?.clampedMicroseconds
    }

    private mutating func runMembers(_ run: RunRecord) {
        member("id", run.name.description)
        member("dag", run.name.dag)
        member("type", run.type.rawValue)
        member("state", run.state.rawValue)
        member("logical_date", run.logicalDate)
        member("data_interval_start", run.intervalStart)
        member("data_interval_end", run.intervalEnd)
        member("version", run.version)
        member("created_at", run.createdAt)
        member("started_at", run.startedAt)
        member("ended_at", run.endedAt)
    }

    /// Writes a task with its attempts, as scripts rely on it.
    mutating func task(_ task: TaskRecord) {
        object { writer in
            writer.taskMembers(task)
            writer.name("attempts")
            writer.array(task.attempts) { writer, attempt in writer.object { $0.attemptMembers(attempt) } }
        }
    }

    /// Writes a task with all that is known of it and its attempts.
    mutating func taskDetail(_ task: TaskRecord) {
        object { writer in
            writer.taskMembers(task)
            writer.member("reason", task.reason)
            writer.member("allowed_to_fail", task.allowsFailure)
            writer.member("hold", task.hold)
            writer.member("pool", task.pool)
            writer.member("retry_at", task.retryAt)
            writer.member("queued_at", task.queuedAt)
            writer.member("started_at", task.startedAt)
            writer.member("ended_at", task.endedAt)
            writer.name("item")
            writer.document(task.item ?? "null")
            writer.name("outputs")
            writer.document(task.outputs ?? "{}")
            writer.name("attempts")
            writer.array(task.attempts) { $0.attemptDetail($1) }
        }
    }

    private mutating func taskMembers(_ task: TaskRecord) {
        member("id", task.id)
        member("map_index", task.mapIndex)
        member("state", task.state.rawValue)
    }

    /// Writes an attempt with all that is known of it.
    mutating func attemptDetail(_ attempt: AttemptRecord) {
        object { writer in
            writer.attemptMembers(attempt)
            writer.member("id", attempt.id.description)
            writer.member("reason", attempt.reason)
            writer.member("process_id", attempt.processID)
            writer.member("duration_us", attempt.duration?.clampedMicroseconds)
            writer.member("processor_us", attempt.processorTime?.clampedMicroseconds)
            writer.member("peak_memory", attempt.peakMemory)
            writer.member("note", attempt.note)
            writer.member("log_bytes", attempt.logBytes)
            writer.member("log_lines", attempt.logLines)
            writer.member("log_left_out", of: attempt.logGap) {
                $0.member("from", $1.start)
                $0.member("bytes", $1.byteCount)
                $0.member("lines", $1.lines)
            }
            writer.member("cause", of: attempt.cause) {
                $0.member("line", $1.line)
                $0.member("text", $1.text)
                $0.member("rule", $1.rule)
            }
            writer.member("failure", attempt.signature)
            writer.member("version", attempt.version)
        }
    }

    private mutating func attemptMembers(_ attempt: AttemptRecord) {
        member("number", attempt.number)
        member("state", attempt.state.rawValue)
        member("runner", attempt.runner)
        member("exit_code", attempt.exitCode)
        member("signal", attempt.signalName)
        member("started_at", attempt.startedAt)
        member("ended_at", attempt.endedAt)
    }
}
