import CLibPQ
import Glibc

/// One libpq connection: it has one owner, and closes when that owner lets it go.
///
/// Every function blocks, so only the connection's own thread may call it.
@safe struct ConnectionHandle: ~Copyable {
    /// What the session is in the middle of.
    enum Standing {
        case idle
        case inTransaction
        case inFailedTransaction
        case broken
    }

    /// Nil once closed; libpq's functions take nil for a broken connection.
    private var raw: OpaquePointer?

    /// A handle that is closed from the start.
    init() { unsafe raw = nil }

    /// Connects, trying the hosts of the address in turn.
    init(_ configuration: ConnectionConfiguration) throws(DatabaseError) {
        var keywords: [UnsafeMutablePointer<CChar>?] = unsafe []
        var values: [UnsafeMutablePointer<CChar>?] = unsafe []
        for (keyword, value) in configuration.keywords {
            unsafe keywords.append(strdup(keyword))
            unsafe values.append(strdup(value))
        }
        unsafe keywords.append(nil)
        unsafe values.append(nil)
        defer {
            for index in unsafe keywords.indices { unsafe free(keywords[index]) }
            for index in unsafe values.indices { unsafe free(values[index]) }
        }

        let raw = unsafe PQconnectdbParams(
            keywords.map { unsafe UnsafePointer($0) },
            values.map { unsafe UnsafePointer($0) },
            1
        )
        guard let raw = unsafe raw else {
            throw .connectionFailed(address: configuration.place, reason: "out of memory")
        }
        guard unsafe PQstatus(raw) == CONNECTION_OK else {
            let reason = Self.reason(unsafe String(cString: PQerrorMessage(raw)))
            unsafe PQfinish(raw)
            throw .connectionFailed(address: configuration.place, reason: reason)
        }
        // libpq would print notices to standard error, which is the program's own log.
        _ = unsafe PQsetNoticeProcessor(raw, { _, _ in }, nil)
        unsafe self.raw = raw
    }

    deinit { unsafe PQfinish(raw) }

    mutating func close() {
        unsafe PQfinish(raw)
        unsafe raw = nil
    }

    var socket: Int32 { unsafe PQsocket(raw) }
    var isBroken: Bool { unsafe PQstatus(raw) != CONNECTION_OK }
    var failure: String { Self.oneLine(unsafe String(cString: PQerrorMessage(raw))) }

    var standing: Standing {
        guard !isBroken else { return .broken }
        switch unsafe PQtransactionStatus(raw) {
        case PQTRANS_IDLE: return .idle
        case PQTRANS_INERROR: return .inFailedTransaction
        case PQTRANS_UNKNOWN: return .broken
        default: return .inTransaction
        }
    }

    // MARK: Sending; each returns false when libpq refuses, and `failure` then says why.

    borrowing func send(script: String) -> Bool { unsafe PQsendQuery(raw, script) == 1 }

    borrowing func sendPrepare(_ statement: Statement, types: ArraySlice<PostgresType>) -> Bool {
        let types = types.map { Oid($0.oid) }
        return unsafe PQsendPrepare(raw, statement.name, statement.sql, Int32(types.count), types) == 1
    }

    borrowing func sendExecute(
        _ statement: Statement,
        _ arguments: borrowing ArgumentList,
        _ places: Range<Int>
    ) -> Bool {
        unsafe arguments.withPointers(places) { values, lengths, formats, count in
            unsafe PQsendQueryPrepared(raw, statement.name, count, values, lengths, formats, 1) == 1
        }
    }

    borrowing func enterPipeline() -> Bool { unsafe PQenterPipelineMode(raw) == 1 }
    borrowing func sync() -> Bool { unsafe PQpipelineSync(raw) == 1 }
    borrowing func exitPipeline() -> Bool { unsafe PQexitPipelineMode(raw) == 1 }

    // MARK: Receiving

    /// The next result, nil at the end of one command.
    borrowing func nextResult() -> QueryResult? { unsafe QueryResult(PQgetResult(raw)) }

    /// The result of one command: its first failure, or else its last result.
    borrowing func result() -> QueryResult? {
        var kept: QueryResult?
        while let next = nextResult() {
            if kept?.isFailure != true { kept = next }
            // A COPY would go on for ever, as would a broken connection.
            if next.startsCopy || isBroken { break }
        }
        return kept
    }

    // MARK: Listening

    /// Reads what has arrived; false when the connection broke.
    borrowing func consumeInput() -> Bool { unsafe PQconsumeInput(raw) == 1 && !isBroken }

    /// The oldest notification that was read and not yet handed out.
    borrowing func nextNotification() -> (channel: String, payload: String)? {
        guard let notification = unsafe PQnotifies(raw) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return unsafe (
            String(cString: notification.pointee.relname),
            notification.pointee.extra.map { unsafe String(cString: $0) } ?? ""
        )
    }

    // MARK: Words

    /// libpq's message as one line without the final full stop.
    private static func oneLine(_ message: String) -> String {
        var line = message.split { $0 == "\n" || $0 == "\t" }.joined(separator: " ")
        while line.last == "." || line.last == " " { line.removeLast() }
        return line.isEmpty ? "libpq gave no reason" : line
    }

    /// libpq's message without the parts that the error's own sentence says better.
    private static func reason(_ message: String) -> String {
        let lines = message.split(separator: "\n").filter { !$0.hasPrefix("\tIs the server running") }
        let attempts = lines.map { line -> Substring in
            let text = line.drop { $0 == "\t" || $0 == " " }
            // Only one host was tried, and the sentence names it already.
            guard lines.count == 1, text.hasPrefix("connection to server ") else { return text }
            guard let end = text.firstRange(ofText: " failed: ") else { return text }
            return text[end...]
        }
        return oneLine(attempts.map { $0.hasPrefix("FATAL:  ") ? $0.dropFirst(8) : $0 }.joined(separator: "; "))
    }
}

extension Substring {
    /// The place right after the first occurrence of a text.
    fileprivate func firstRange(ofText text: String) -> Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
