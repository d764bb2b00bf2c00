import Logging
import Postgres
import Store

extension Operations {
    /// Asks for the end of processes that outlived their attempts on a runner; returns how many.
    ///
    /// `process`: The number of one; nil: all that are listed.
    package func reap(runner: String, process: Int?, actor: String) async throws -> Int {
        let count = try await transact { connection in
            guard let count = try connection.requestReap(runner: runner, process: process) else { return Int?.none }
            let reason = process.map { "process \($0)" } ?? "\(count) process\(count == 1 ? "" : "es")"
            if count > 0 {
                try connection.record(RunnerDeed(.reap, runner: runner, actor: actor, reason: reason))
            }
            return count
        }
        guard let count else { throw OperationError.unknownRunner(runner) }
        if let process, count == 0 {
            throw OperationError.conflict("process \(process) is not listed as one that outlived its attempt there.")
        }
        engine.logger.notice(
            "processes that outlived their attempts are to be ended",
            metadata: ["runner": "\(runner)", "count": "\(count)", "actor": "\(actor)"]
        )
        return count
    }
}
