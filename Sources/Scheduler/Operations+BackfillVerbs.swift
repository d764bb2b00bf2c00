import Core
import Logging
import Store

extension Operations {
    /// Starts nothing more of a backfill until it is resumed; what runs goes on.
    package func pauseBackfill(_ id: Int, actor: String) async throws {
        _ = try await move(id, from: ["running"], to: "paused", actor: actor)
    }

    /// Lets a paused backfill go on.
    package func resumeBackfill(_ id: Int, actor: String) async throws {
        let dag = try await move(id, from: ["paused"], to: "running", actor: actor)
        try await engine.startRuns(ofDAGs: [dag])
    }

    /// Ends a backfill: what has not started never does, and what runs is cancelled.
    ///
    /// It is paused first and has the word `cancelled` last; where this is cut short in between, asking again goes on.
    package func cancelBackfill(_ id: Int, actor: String) async throws {
        // The form that asked is noted by the last step alone, so that it may be sent again before that.
        let unnoted = Operations(engine: engine)
        if try await engine.store.backfill(id).map({ $0.state == .running || $0.state == .paused }) ?? true {
            _ = try await unnoted.move(id, from: ["running", "paused"], to: "paused", actor: actor)
        }
        while true {
            let runs = try await engine.store.perform { try $0.unfinishedRuns(ofBackfill: id, limit: 200) }
            guard !runs.isEmpty else { break }
            try await engine.cancel(runs: runs, actor: actor, reason: "backfill \(id) was cancelled by \(actor)")
        }
        _ = try await move(id, from: ["paused"], to: "cancelled", actor: actor)
    }

    private func move(_ id: Int, from old: [String], to new: String, actor: String) async throws -> Int {
        if let dag = try await transact({ try $0.moveBackfill(id, from: old, to: new) }) {
            engine.logger.notice("backfill \(id) is \(new)", metadata: ["actor": "\(actor)"])
            return dag
        }
        guard let found = try await engine.store.backfill(id) else {
            throw OperationError.unknownBackfill(id)
        }
        throw OperationError.conflict("backfill \(id) is '\(found.state.rawValue)'.")
    }
}
