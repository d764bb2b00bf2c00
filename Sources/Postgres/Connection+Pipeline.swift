import CLibPQ

extension Connection {
    /// One message of a pipeline, in the order in which its results come back.
    struct Message {
        enum Kind {
            case prepare
            case execute
        }
        let kind: Kind
        let statement: Statement
        let places: Range<Int>
    }

    /// Sends several statements in one round trip and returns their rows, in order.
    ///
    /// All or nothing: outside of a transaction BEGIN and COMMIT travel along; inside of one a failure fails the
    /// transaction, as everywhere. No statement can use another's result.
    /// - Throws: The first failure; `.commitUnknown` when the connection breaks and COMMIT may have been done.
    package func pipeline(
        _ batch: [(Statement, [any PostgresEncodable])]
    ) throws(DatabaseError) -> [Rows] {
        guard !batch.isEmpty else { return [] }
        defer {
            arguments.reset()
            noteHealth()
        }
        guard unsent.isEmpty else { return try sendAll(with: batch) }
        return handle.standing == .idle ? try committed(batch) : try exchange(try messages(for: batch))
    }

    /// Executes a statement of the open transaction together with the next one whose answer is wanted, at the latest with
    /// COMMIT: all in one round trip.
    ///
    /// Outside of a transaction it is executed at once.
    /// - Throws: What the statement throws outside of a transaction. Within one its failure reaches whoever waits for
    ///   that answer, and the transaction is lost, as ever.
    package func send(
        _ statement: Statement,
        _ parameters: [any PostgresEncodable] = []
    ) throws(DatabaseError) {
        guard isTransactionOpen else {
            _ = try execute(statement, parameters)
            return
        }
        unsent.append((statement, parameters))
    }

    /// Whether a transaction was begun, even if the server does not know yet; that of a session which broke is over.
    var isTransactionOpen: Bool {
        !unsent.isEmpty || handle.standing == .inTransaction || handle.standing == .inFailedTransaction
    }

    /// Sends what has waited with a batch in one round trip; returns the rows of the batch.
    func sendAll(with batch: [(Statement, [any PostgresEncodable])] = []) throws(DatabaseError) -> [Rows] {
        defer {
            arguments.reset()
            noteHealth()
        }
        // What cannot be encoded leaves BEGIN waiting: nothing that follows may run outside of the transaction.
        let messages = try messages(for: unsent + batch)
        let waited = unsent.count
        unsent.removeAll(keepingCapacity: true)
        return Array(try exchange(messages).dropFirst(waited))
    }

    /// Encodes everything before anything is sent, so that a bad value or name leaves no half batch behind.
    func messages(
        for batch: [(Statement, [any PostgresEncodable])]
    ) throws(DatabaseError) -> [Message] {
        var messages: [Message] = []
        var fresh: [String: (sql: String, types: ArraySlice<PostgresType>)] = [:]
        for (statement, parameters) in batch {
            let places = try arguments.append(parameters, of: statement)
            let types = arguments.types(places)
            if let earlier = fresh[statement.name] {
                guard earlier.sql == statement.sql, earlier.types.elementsEqual(types) else {
                    throw .misuse(statement: statement.name, reason: "its batch has another statement of that name")
                }
            } else if try needsPreparing(statement, types: types) {
                fresh[statement.name] = (statement.sql, types)
                messages.append(Message(kind: .prepare, statement: statement, places: places))
            }
            messages.append(Message(kind: .execute, statement: statement, places: places))
        }
        return messages
    }

    func exchange(_ messages: [Message]) throws(DatabaseError) -> [Rows] {
        guard handle.enterPipeline() else { throw sendFailure(messages[0].statement) }
        for message in messages {
            let sent =
                switch message.kind {
                case .prepare: handle.sendPrepare(message.statement, types: arguments.types(message.places))
                case .execute: handle.sendExecute(message.statement, arguments, message.places)
                }
            guard sent else { throw breakOff(at: message.statement) }
        }
        guard handle.sync() else { throw breakOff(at: messages[0].statement) }
        return try collect(messages)
    }

    private func collect(_ messages: [Message]) throws(DatabaseError) -> [Rows] {
        var rows: [Rows] = []
        var firstFailure: DatabaseError?
        for message in messages {
            guard let result = handle.result() else { throw firstFailure ?? breakOff(at: message.statement) }
            switch (result.status, message.kind) {
            case (PGRES_PIPELINE_ABORTED, _): continue
            case (_, _) where result.isFailure:
                firstFailure = firstFailure ?? failure(of: result, message.statement)
                guard !handle.isBroken else { throw firstFailure ?? breakOff(at: message.statement) }
            case (_, .prepare): notePrepared(message.statement, types: arguments.types(message.places))
            case (_, .execute): rows.append(Rows(result, statement: message.statement.name))
            }
        }
        while let end = handle.nextResult(), end.status != PGRES_PIPELINE_SYNC {}
        guard handle.exitPipeline() else { throw firstFailure ?? breakOff(at: messages[0].statement) }
        if let firstFailure { throw firstFailure }
        return rows
    }

    /// Gives up a session whose conversation cannot be brought back into step.
    private func breakOff(at statement: Statement) -> DatabaseError {
        let reason = handle.failure
        handle.close()
        return .connectionLost(statement: statement.name, reason: reason)
    }
}
