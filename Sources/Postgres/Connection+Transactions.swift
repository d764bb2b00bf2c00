/// How PostgreSQL plans the prepared statements of a transaction.
package enum Planning: Sendable {
    /// Anew for these parameters, where it believes that this pays: right where a parameter decides which rows are looked
    /// at.
    case automatic
    /// Once for a session, and by indexes wherever there is one: right for small statements by key, whose planning costs
    /// more than their work, and which may be planned while their tables are still empty.
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

/// What a transaction sees of the commits of others.
package enum Isolation: Sendable {
    /// Each statement sees what was committed before it: right for whoever locks first and then looks.
    case readCommitted
    /// All statements see what was committed before the first; nothing may be written or locked.
    case snapshot
}

extension Connection {
    private static let begin = Statement(name: "begin", sql: "BEGIN ISOLATION LEVEL READ COMMITTED")
    private static let beginSnapshot = Statement(
        name: "begin_snapshot",
        sql: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    )
    private static let planOnce = Statement(name: "plan_once", sql: "SET LOCAL plan_cache_mode = force_generic_plan")
    private static let planByIndexes = Statement(name: "plan_by_indexes", sql: "SET LOCAL enable_seqscan = off")
    private static let flushSoon = Statement(name: "flush_soon", sql: "SET LOCAL synchronous_commit = off")
    private static let commit = Statement(name: "commit", sql: "COMMIT")
    private static let savepoint = Statement(name: "rehearse", sql: "SAVEPOINT rehearsal")
    private static let rollbackToSavepoint = Statement(
        name: "end_rehearsal",
        sql: "ROLLBACK TO SAVEPOINT rehearsal"
    )
    private static let rollback = Statement(name: "rollback", sql: "ROLLBACK")

    /// Runs a closure in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// `isolation`: Defaults to READ COMMITTED.
    ///
    /// - Throws: What the body throws; `.commitUnknown` when the connection breaks during COMMIT;
    ///   `.transactionRolledBack` when the body ignored the failure of a statement.
    package func transaction<R: Sendable>(
        isolation: Isolation = .readCommitted,
        planning: Planning = .automatic,
        durability: Durability = .atCommit,
        _ body: @Sendable (isolated Connection) throws -> R
    ) throws -> R {
        guard !isTransactionOpen else {
            throw DatabaseError.misuse(statement: Self.begin.name, reason: "a transaction is open already")
        }
        var opening = [isolation == .snapshot ? Self.beginSnapshot : Self.begin]
        if planning == .once { opening += [Self.planOnce, Self.planByIndexes] }
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
            let waiting = unsent
            unsent.removeAll()
            _ = try commit(after: waiting)
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

    /// Sends a batch and COMMIT in one round trip and returns the rows of the batch, or finds out what became of it.
    ///
    /// - Throws: The first failure; `.commitUnknown` when the connection breaks and COMMIT may have been done;
    ///   `.transactionRolledBack` when a failure before the batch was ignored.
    func commit(after batch: [(Statement, [any PostgresEncodable])]) throws(DatabaseError) -> [Rows] {
        guard !handle.isBroken else {
            throw .connectionLost(statement: Self.commit.name, reason: handle.failure)
        }
        defer {
            arguments.reset()
            noteHealth()
        }
        do throws(DatabaseError) {
            let rows = try exchange(try messages(for: batch + [(Self.commit, [])]))
            // PostgreSQL answers COMMIT of a failed transaction with success, and with the word of what it did.
            guard rows.last?.result.commandTag == "COMMIT" else { throw .transactionRolledBack }
            return rows.dropLast()
        } catch {
            guard handle.isBroken else {
                abandonTransaction()
                throw error
            }
            // A failure that the server reported for an earlier statement proves that COMMIT was skipped. One of COMMIT
            // proves nothing, not even a FATAL one: the server sends it after a local commit too, while it waits for a
            // standby.
            if case .server(let refusal) = error, refusal.statement != batch.last?.0.name,
                refusal.statement != Self.commit.name
            {
                throw error
            }
            throw .commitUnknown(reason: "\(error)")
        }
    }

    /// Executes a batch as a transaction of its own, in one round trip.
    func committed(
        _ batch: [(Statement, [any PostgresEncodable])]
    ) throws(DatabaseError) -> [Rows] {
        Array(try commit(after: [(Self.begin, [])] + batch).dropFirst())
    }
}
