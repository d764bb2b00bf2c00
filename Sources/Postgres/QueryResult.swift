import CLibPQ

/// One PGresult, freed when the last row of it is let go.
///
/// Sendable although libpq's: a result is not written to once libpq has handed it over, its getters only read it,
/// and it holds its own copy of everything (libpq's manual, "Behavior in Threaded Programs").
@safe final class QueryResult: @unchecked Sendable {
    private let raw: OpaquePointer

    /// Takes over a result; libpq's nil (out of memory, or nothing under way) stays nil.
    init?(_ raw: OpaquePointer?) {
        guard let raw = unsafe raw else { return nil }
        unsafe self.raw = raw
    }

    deinit { unsafe PQclear(raw) }

    var status: ExecStatusType { unsafe PQresultStatus(raw) }
    var isFailure: Bool {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_PIPELINE_SYNC: false
        default: true
        }
    }
    var startsCopy: Bool { [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) }

    var rowCount: Int { Int(unsafe PQntuples(raw)) }
    var columnCount: Int { Int(unsafe PQnfields(raw)) }

    /// The server's word for what was done, such as "UPDATE 3".
    var commandTag: String { unsafe String(cString: PQcmdStatus(raw)) }

    /// How many rows the command inserted, changed, deleted or selected.
    var affectedRows: Int {
        var count = 0
        var digit = unsafe PQcmdTuples(raw)
        while let place = unsafe digit, let value = unsafe Int(exactly: place.pointee), value != 0 {
            count = count * 10 + value - Int(UInt8(ascii: "0"))
            unsafe digit = place + 1
        }
        return count
    }

    func columnName(_ column: Int) -> String {
        unsafe PQfname(raw, Int32(column)).map { unsafe String(cString: $0) } ?? "\(column)"
    }

    func columnType(_ column: Int) -> PostgresType { PostgresType(oid: unsafe PQftype(raw, Int32(column))) }

    func isNull(row: Int, column: Int) -> Bool { unsafe PQgetisnull(raw, Int32(row), Int32(column)) == 1 }

    func decode<Value: PostgresDecodable>(
        _ type: Value.Type,
        row: Int,
        column: Int
    ) throws(DecodingProblem) -> Value {
        let length = unsafe PQgetlength(raw, Int32(row), Int32(column))
        if length == 0, isNull(row: row, column: column) { return try Value.decodeNull() }
        let start = unsafe PQgetvalue(raw, Int32(row), Int32(column))
        let cell = unsafe UnsafeRawBufferPointer(start: start, count: Int(length))
        return try Value.decode(unsafe cell.bytes, type: columnType(column))
    }

    /// The server's account of a failure; nil when the failure is libpq's own.
    func serverError(statement: String, sql: String) -> ServerError? {
        guard let sqlState = errorField("C") else { return nil }
        let position = errorField("P").flatMap { Int($0) }
        return ServerError(
            statement: statement,
            sqlState: sqlState,
            message: errorField("M") ?? "no message",
            detail: errorField("D"),
            hint: errorField("H"),
            constraint: errorField("n"),
            table: errorField("t"),
            line: position.map { Self.line(of: $0, in: sql) }
        )
    }

    /// Counts lines up to a position in characters from 1.
    private static func line(of position: Int, in sql: String) -> Int {
        1 + sql.unicodeScalars.prefix(max(0, position - 1)).count { $0 == "\n" }
    }

    private func errorField(_ code: Unicode.Scalar) -> String? {
        unsafe PQresultErrorField(raw, Int32(code.value)).map { unsafe String(cString: $0) }
    }
}
