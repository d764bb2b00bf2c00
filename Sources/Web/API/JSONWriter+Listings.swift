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

    /// Writes a runner.
    mutating func runner(_ runner: RunnerRecord) {
        object {
            $0.member("name", runner.name)
            $0.member("kind", runner.kind.rawValue)
            $0.member("state", runner.state.rawValue)
            $0.member("reason", runner.reason)
            $0.member("address", runner.address)
            $0.name("labels")
            $0.array(runner.labels) { $0.value($1) }
            $0.member("slots", runner.slots)
            $0.member("slots_in_use", runner.slotsInUse)
            $0.member("attempts", runner.attemptsInFlight)
            $0.member("host_name", runner.hostName)
            $0.member("version", runner.version)
            $0.member("last_contact_at", runner.lastContactAt)
        }
    }

    /// Writes a pool.
    mutating func pool(_ pool: PoolRecord) {
        object {
            $0.member("name", pool.name)
            $0.member("slots", pool.slots)
            $0.member("slots_in_use", pool.slotsInUse)
            $0.member("queued", pool.queued)
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
