package import Core
import Logging
import Postgres
import Store

extension Operations {
    /// Makes a pool, or changes its size and order; what is nil stays.
    ///
    /// It goes before `rota.yaml` until it is taken back.
    package func setPool(_ name: String, slots: Int?, order: QueueOrder?, actor: String) async throws {
        guard Self.isPoolName(name) else {
            throw OperationError.badInput(
                "'\(name)' cannot be the name of a pool: a letter or '_', then letters, digits, '_' and '-', at most 100."
            )
        }
        guard slots.map({ (0...1_000_000).contains($0) }) ?? true else {
            throw OperationError.badInput("a pool has from 0 to 1,000,000 slots.")
        }
        let isSet = try await transact {
            try $0.setPool(name, slots: slots, order: order, actor: actor)
        }
        guard isSet else {
            throw OperationError.badInput("there is no pool '\(name)' yet; say how many slots it shall have.")
        }
        engine.logger.notice("a pool was changed", metadata: ["pool": "\(name)", "actor": "\(actor)"])
        await engine.follow(Pass.Outcome(queued: 1))
    }

    /// Takes back what a person said of a pool: it is as `rota.yaml` says again, or gone where that does not name it.
    ///
    /// - Returns: Whether it is gone.
    package func removePool(_ name: String, actor: String) async throws -> Bool {
        switch try await transact({ try $0.resetPool(name, actor: actor) }) {
        case .unknown: throw OperationError.unknownPool(name)
        case .ofSettings:
            throw OperationError.refused(
                "the pool '\(name)' stands in rota.yaml. Take it out there and start the server anew."
            )
        case .asInSettings:
            await engine.follow(Pass.Outcome(queued: 1))
            return false
        case .removed:
            engine.logger.notice("a pool was removed", metadata: ["pool": "\(name)", "actor": "\(actor)"])
            return true
        }
    }

    private static func isPoolName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...100).contains(bytes.count), bytes[0] &- 48 >= 10, bytes[0] != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy { byte in
            byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
    }
}
