import Core
import Store

extension JSONWriter {
    /// Writes a listing: its items and the text that asks for the next page.
    mutating func listing<Items: Sequence>(
        _ items: Items,
        next: String? = nil,
        _ element: (inout JSONWriter, Items.Element) -> Void
    ) {
        object { writer in
            writer.name("items")
            writer.array(items, element)
            writer.member("next", next)
        }
    }

    /// Writes a version of a DAG's file.
    mutating func version(_ version: DAGVersionRecord) {
        object {
            $0.member("number", version.number)
            $0.member("hash", version.hash.map { Self.hexadecimal($0) }.joined())
            $0.member("bytes", version.byteCount)
            $0.member("in_force", version.isInForce)
            $0.member("created_at", version.createdAt)
        }
    }

    /// Writes a process that outlived its attempt.
    mutating func stray(_ stray: StrayRecord) {
        object {
            $0.member("process_id", stray.processID)
            $0.member("name", stray.name)
            $0.member("run", stray.origin?.run.description)
            $0.member("task", stray.origin?.task)
            $0.member("map_index", stray.origin?.mapIndex)
            $0.member("attempt", stray.origin?.number)
            $0.member("seen_at", stray.seenAt)
            $0.member("reap_requested_at", stray.reapRequestedAt)
        }
    }

    /// Writes a pool.
    mutating func pool(_ pool: PoolRecord) {
        object { $0.poolMembers(pool) }
    }

    private mutating func poolMembers(_ pool: PoolRecord) {
        member("name", pool.name)
        member("slots", pool.slots)
        member("slots_in_use", pool.slotsInUse)
        member("queued", pool.queued)
        member("order", pool.order.rawValue)
        member("full_since", pool.fullSince)
        member("changed", pool.isChanged)
        member("settings_slots", pool.settingsSlots)
        member("changed_by", pool.changedBy)
        member("changed_at", pool.changedAt)
    }

    /// Writes a pool with who holds its slots and who waits for them.
    mutating func poolDetail(_ pool: PoolRecord, _ holders: [SlotHolder], _ queue: [PoolWaiter]) {
        object { writer in
            writer.poolMembers(pool)
            writer.name("holders")
            writer.array(holders) { writer, holder in
                writer.object {
                    $0.member("run", holder.run.description)
                    $0.member("task", holder.task)
                    $0.member("map_index", holder.mapIndex)
                    $0.member("attempt", holder.attempt)
                    $0.member("state", holder.state.rawValue)
                    $0.member("runner", holder.runner)
                    $0.member("slots", holder.slots)
                    $0.member("since", holder.since)
                }
            }
            writer.name("queue")
            writer.array(queue) { writer, waiter in
                writer.object {
                    $0.member("run", waiter.run.description)
                    $0.member("task", waiter.task)
                    $0.member("map_index", waiter.mapIndex)
                    $0.member("slots", waiter.slots)
                    $0.member("priority", waiter.priority)
                    $0.member("since", waiter.since)
                }
            }
        }
    }

    /// Writes a backfill with how many of its runs are in each state.
    mutating func backfill(_ backfill: BackfillRecord) {
        object {
            $0.member("id", backfill.id)
            $0.member("dag", backfill.dag)
            $0.member("state", backfill.state.rawValue)
            $0.member("from", backfill.from)
            $0.member("to", backfill.to)
            $0.member("rerun", backfill.rerun)
            $0.member("reverse", backfill.isReverse)
            $0.member("max_active", backfill.maximumActive)
            $0.member("actor", backfill.actor)
            $0.member("created_at", backfill.createdAt)
            $0.member("ended_at", backfill.endedAt)
            $0.member("unmade", backfill.unmade)
            $0.member("reason", backfill.reason)
            $0.name("runs")
            $0.object { writer in
                for state in RunState.allCases {
                    writer.name(state.rawValue)
                    writer.value(backfill.runCounts[state] ?? 0)
                }
            }
        }
    }

    /// Writes a file that cannot be read.
    mutating func fileError(_ error: FileErrorRecord) {
        object {
            $0.member("path", error.path)
            $0.member("dag", error.dag)
            $0.member("seen_at", error.seenAt)
            $0.name("problems")
            $0.document(error.problems)
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
