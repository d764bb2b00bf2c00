/// How PostgreSQL plans the prepared statements of a transaction.
package enum Planning: Sendable {
    /// Anew for these parameters, where it believes that this pays: right where a parameter decides which rows are looked
    /// at.
    case automatic
    /// Once for a session: right for small statements by key, whose planning costs more than their work.
    case once
}

/// When a commit is on PostgreSQL's disk.
package enum Durability: Sendable {
    /// When the commit returns.
    case atCommit
    /// Up to a second later, and in the order of commits: a crash of PostgreSQL may take it back. Right for what is found
    /// out again after one, for it saves the wait for the disk.
    case soon
}

extension Connection {
    private static let begin = Statement(name: "begin", sql: "BEGIN ISOLATION LEVEL READ COMMITTED")
    private static let planOnce = Statement(name: "plan_once", sql: "SET LOCAL plan_cache_mode = force_generic_plan")
    private static let flushSoon = Statement(name: "flush_soon", sql: "SET LOCAL synchronous_commit = off")
    private static let commit = Statement(name: "commit", sql: "COMMIT")
    private static let savepoint = Statement(name: "rehearse", sql: "SAVEPOINT rehearsal")
    private static let rollbackToSavepoint = Statement(
        name: "end_rehearsal",
        sql: "ROLLBACK TO SAVEPOINT rehearsal"
    )
    private static let rollback = Statement(name: "rollback", sql: "ROLLBACK")

    /// Runs a closure in a READ COMMITTED transaction: committed when it returns, rolled back when it throws.
    ///
    /// - Throws: What the body throws; `.commitUnknown` when the connection breaks during COMMIT;
    ///   `.transactionRolledBack` when the body ignored the failure of a statement.
    package func transaction<R: Sendable>(
        planning: Planning = .automatic,
        durability: Durability = .atCommit,
        _ body: @Sendable (isolated Connection) throws -> R
    ) throws -> R {
        guard !isTransactionOpen || handle.isBroken else {
            throw DatabaseError.misuse(statement: Self.begin.name, reason: "a transaction is open already")
        }
        var opening = [Self.begin]
        if planning == .once { opening.append(Self.planOnce) }
        if durability == .soon { opening.append(Self.flushSoon) }
        unsent = opening.map { ($0, []) }
        let value: R
        do {
            value = try body(self)
        } catch {
            abandonTransaction()
            throw error
        }
        // Of a transaction that did nothing the server need not hear.
        if handle.standing == .idle, unsent.count == opening.count {
            unsent.removeAll()
        } else {
            try commit()
        }
        return value
    }

    /// Runs a closure within an open transaction and takes back whatever it changed, however it ends.
    ///
    /// After a failure of a statement the whole transaction is lost, as ever.
    package func rehearse<R>(_ body: (isolated Connection) throws -> R) throws -> R {
        _ = try execute(Self.savepoint)
        let value: R
        do {
            value = try body(self)
        } catch {
            unsent.removeAll()
            if handle.standing == .inTransaction { _ = try execute(Self.rollbackToSavepoint) }
            throw error
        }
        _ = try execute(Self.rollbackToSavepoint)
        return value
    }

    /// Rolls back after a failure; a failure of this as well leaves a session that the server ends by itself.
    func abandonTransaction() {
        unsent.removeAll()
        guard handle.standing != .idle else { return }
        do throws(DatabaseError) {
            _ = try execute(Self.rollback)
        } catch {
            handle.close()
            noteHealth()
        }
    }

    private func commit() throws(DatabaseError) {
        guard !handle.isBroken else {
            unsent.removeAll()
            throw .connectionLost(statement: Self.commit.name, reason: handle.failure)
        }
        let rows: Rows
        do throws(DatabaseError) {
            rows = try execute(Self.commit)
        } catch {
            // Even a FATAL error proves nothing: the server sends one after a local commit too, while it waits for
            // a standby.
            if handle.isBroken { throw .commitUnknown(reason: "\(error)") }
            // A refused COMMIT (a deferred constraint) has rolled back already.
            if handle.standing != .idle { abandonTransaction() }
            throw error
        }
        // PostgreSQL answers COMMIT of a failed transaction with success, and with the word of what it did.
        guard rows.result.commandTag == "COMMIT" else { throw .transactionRolledBack }
    }

    /// The statements around a batch that is a transaction of its own.
    static func inTransaction(
        _ batch: [(Statement, [any PostgresEncodable])]
    ) -> [(Statement, [any PostgresEncodable])] {
        [(begin, [])] + batch + [(commit, [])]
    }
}
