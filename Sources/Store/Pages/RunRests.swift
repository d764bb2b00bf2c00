package import Core
import Postgres

/// When a run rested, and when tasks of it began anew: what a chart of its time leaves out.
package struct RunRests: Hashable, Sendable {
    /// Between an end of the run and its start after a clear.
    package struct Rest: Hashable, Sendable {
        package var from: Timestamp
        /// Nil while it waits for that start.
        package var to: Timestamp?

        /// Joins two instants.
        package init(from: Timestamp, to: Timestamp?) {
            (self.from, self.to) = (from, to)
        }
    }

    /// Oldest first.
    package var rests: [Rest]
    /// When an instance, by its row, became ready: first, and again after each clear.
    ///
    /// What is tried again for its retries does not become ready anew.
    package var ready: [Int: [Timestamp]]

    /// Joins the facts.
    package init(rests: [Rest] = [], ready: [Int: [Timestamp]] = [:]) {
        (self.rests, self.ready) = (rests, ready)
    }
}

extension Store {
    /// Reads when a run rested, and when some of its instances, given by their rows, became ready.
    package func rests(ofRun run: Int, instances: [Int]) async throws -> RunRests {
        var found = RunRests()
        var ended: Timestamp?
        for row in try await pool.execute(Self.runRestsStatement, [run, instances]) {
            let (instance, at, state): (Int?, Timestamp, String) = (
                try row.decode(0), try row.decode(1), try row.decode(2)
            )
            if let instance {
                found.ready[instance, default: []].append(at)
                continue
            }
            switch RunState(rawValue: state) {
            case .success, .failed, .cancelled:
                // It may have been reopened and end without having started.
                if found.rests.last?.to != nil || found.rests.isEmpty { ended = at }
            case .queued:
                if let from = ended { found.rests.append(RunRests.Rest(from: from, to: nil)) }
                ended = nil
            case .running:
                if found.rests.last.map({ $0.to == nil }) ?? false { found.rests[found.rests.count - 1].to = at }
            case nil: break
            }
        }
        return found
    }

    static let runRestsStatement = Statement(
        name: "run_rests",
        sql: """
            SELECT task_instance_id, at, new_state FROM transition
            WHERE run_id = $1 AND attempt_id IS NULL
                AND (task_instance_id IS NULL
                    OR task_instance_id = ANY ($2) AND old_state = 'waiting' AND new_state = 'queued')
            ORDER BY id
            """
    )
}
