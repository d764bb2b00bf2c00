import Core
import Logging
import Store

extension Operations {
    /// The longest that somebody may mute something for.
    package static let longestMute = Duration.seconds(90 * 86_400)

    /// Notes who looks after an incident; of one that somebody has already, nothing changes.
    package func acknowledge(incident code: String, actor: String) async throws {
        if try await transact({ try $0.acknowledge(incident: code, actor: actor) }) {
            engine.logger.notice("incident \(code) is acknowledged", metadata: ["actor": "\(actor)"])
            return
        }
        guard let found = try await engine.store.incident(code) else { throw OperationError.unknownIncident(code) }
        throw OperationError.conflict(
            "\(found.acknowledgedBy ?? "somebody") has acknowledged incident \(code) already."
        )
    }

    /// Lets nobody be told of an incident's cause, or of its DAG, for a while; returns the mute's number.
    package func mute(
        incident code: String,
        wholeDAG: Bool,
        for span: Duration,
        reason: String?,
        actor: String
    ) async throws -> Int {
        guard span >= .seconds(60), span <= Self.longestMute else {
            throw OperationError.badInput("a mute lasts from 1m to 90d.")
        }
        let id = try await transact {
            try $0.mute(incident: code, wholeDAG: wholeDAG, for: span, reason: reason, actor: actor)
        }
        if let id {
            engine.logger.notice("mute \(id) is in force", metadata: ["actor": "\(actor)", "incident": "\(code)"])
            return id
        }
        guard try await engine.store.incident(code) != nil else { throw OperationError.unknownIncident(code) }
        throw OperationError.refused("incident \(code) has no known cause that could be muted. Mute its DAG instead.")
    }

    /// Ends a mute before its time.
    package func unmute(_ id: Int, actor: String) async throws {
        guard try await transact({ try $0.unmute(id) }) else {
            throw OperationError.conflict(
                "there is no mute '\(id)' in force. `rota incidents mutes` lists those that are."
            )
        }
        engine.logger.notice("mute \(id) has been ended", metadata: ["actor": "\(actor)"])
    }
}
