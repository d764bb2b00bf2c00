import Postgres
import Testing

struct TypeTests {
    /// Sends a value as `$1` and reads it back.
    private func echo<Value: PostgresEncodable & PostgresDecodable>(_ value: Value) async throws -> Value {
        try await withSession { connection in
            try await connection.execute(Statement(name: "echo", sql: "SELECT $1"), [value])[0].decode(0)
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1, .max]) func `integers come back as they were`(value: Int) async throws {
        #expect(try await echo(value) == value)
        #expect(try await echo(Int32(truncatingIfNeeded: value)) == Int32(truncatingIfNeeded: value))
        #expect(try await echo(Int16(truncatingIfNeeded: value)) == Int16(truncatingIfNeeded: value))
        #expect(try await echo(Int32.min) == Int32.min)
        #expect(try await echo(Int16.min) == Int16.min)
    }

    @Test func `doubles come back bit by bit, infinities and NaN included`() async throws {
        let values = [0, -0.0, 0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity, .nan]
        let returned = try await echo(values)
        #expect(returned.map(\.bitPattern) == values.map(\.bitPattern))
        #expect(try await echo(0.1) == 0.1)
    }

    @Test(arguments: ["", "plain", "line\nbreak", "\u{1F980} é", "'; DROP TABLE x; --", "\\x00", "{a,b}", "NULL"])
    func `text comes back as it was`(text: String) async throws {
        #expect(try await echo(text) == text)
        #expect(try await echo([text, text]) == [text, text])
    }

    @Test func `booleans, UUIDs and bytes come back as they were`() async throws {
        #expect(try await echo(true))
        #expect(try await echo(false) == false)
        let id = PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: .max)
        #expect(try await echo(id) == id)
        #expect(try await echo([UInt8]()) == [])
        #expect(try await echo(Array(UInt8.min...UInt8.max)) == Array(UInt8.min...UInt8.max))
    }

    @Test func `instants agree with the server's words for them`() async throws {
        try await withSession { connection in
            let words = Statement(name: "words", sql: "SELECT $1::text, extract(epoch FROM $1)::bigint")
            let row = try await connection.execute(words, [PostgresTimestamp(microseconds: -1)])[0]
            #expect(try row.decode(0) == "1969-12-31 23:59:59.999999+00")
            let epoch = try await connection.execute(words, [PostgresTimestamp(microseconds: 0)])[0]
            #expect(try epoch.decode(1) == 0)
            for (value, word) in [(PostgresTimestamp.infinity, "infinity"), (.negativeInfinity, "-infinity")] {
                let statement = Statement(name: "infinite", sql: "SELECT $1::text, $1")
                let row = try await connection.execute(statement, [value])[0]
                #expect(try row.decode(0) == word)
                #expect(try row.decode(1) == value)
            }
        }
    }

    @Test func `an instant before PostgreSQL's time is refused`() async throws {
        let error = await databaseError { _ = try await echo(PostgresTimestamp(microseconds: .min + 1)) }
        #expect(error == .invalidParameter(statement: "echo", position: 1, problem: .timestampOutOfRange))
        #expect(
            error?.description == """
                parameter $1 of statement 'echo' cannot be sent: the instant lies before the first one that \
                PostgreSQL knows
                """
        )
    }

    @Test func `JSON is stored as jsonb`() async throws {
        try await withSession { connection in
            let statement = Statement(name: "json", sql: "SELECT $1->>'a', $1, pg_typeof($1)::text, $1::json")
            let row = try await connection.execute(statement, [JSONText(#"{"a":   "é"}"#)])[0]
            #expect(try row.decode(0) == "é")
            #expect(try row.decode(1) == JSONText(#"{"a": "é"}"#))
            #expect(try row.decode(1) == #"{"a": "é"}"#)
            #expect(try row.decode(2) == "jsonb")
            #expect(try row.decode(3) == JSONText(#"{"a": "é"}"#))
        }
    }

    @Test func `arrays come back with their nulls`() async throws {
        #expect(try await echo([Int]()) == [])
        #expect(try await echo([Int?]()) == [])
        #expect(try await echo([1, nil, .max]) == [1, nil, Int.max])
        #expect(try await echo([nil, "", "x"]) == [nil, "", "x"])
        #expect(try await echo([true, false]) == [true, false])
        #expect(try await echo([[1, 0, 255], []] as [[UInt8]]) == [[1, 0, 255], []])
        #expect(try await echo([nil, [7]] as [[UInt8]?]) == [nil, [7]])
        #expect(try await echo([1, 2] as [Int32]) == [1, 2])
        #expect(try await echo([1, 2] as [Int16]) == [1, 2])
        let instants: [PostgresTimestamp?] = [.init(microseconds: 1), nil, .infinity]
        #expect(try await echo(instants) == instants)
        let ids = [PostgresUUID(high: 1, low: 2), PostgresUUID(high: 3, low: 4)]
        #expect(try await echo(ids) == ids)
        #expect(try await echo([JSONText("[]")]) == [JSONText("[]")])
    }

    @Test func `arrays unfold to rows`() async throws {
        try await withSession { connection in
            let statement = Statement(name: "unfold", sql: "SELECT * FROM unnest($1, $2, $3)")
            let names: [String?] = ["a", nil]
            let rows = try await connection.execute(statement, [[10, 20], names, [[1], [2, 3]] as [[UInt8]]])
            #expect(rows.count == 2)
            #expect(try rows.map { row in try row.decode(0, as: Int.self) } == [10, 20])
            #expect(try rows[1].decode(1, as: String?.self) == nil)
            #expect(try rows[1].decode(2) == [2, 3] as [UInt8])
        }
    }

    @Test func `absent values come back absent`() async throws {
        #expect(try await echo(Int?.none) == nil)
        #expect(try await echo(String?.none) == nil)
        #expect(try await echo([UInt8]?.none) == nil)
        #expect(try await echo([Int]?.none) == nil)
        #expect(try await echo(Bool?.some(true)) == true)
    }

    @Test(arguments: ["\0", "a\0b", "long enough to live on the heap \0"])
    func `text with a zero byte is refused in words`(text: String) async throws {
        let error = await databaseError { _ = try await echo(text) }
        #expect(
            error?.description == """
                parameter $1 of statement 'echo' cannot be sent: the text holds a zero byte, which PostgreSQL cannot \
                store. Remove it, or store the text as bytes
                """
        )
        #expect(await databaseError { _ = try await echo(["fine", text]) } == error)
    }

    @Test func `100 MB of bytes go in and come out`() async throws {
        var bytes = [UInt8](repeating: 0, count: 100_000_000)
        for index in stride(from: 0, to: bytes.count, by: 4096) {
            bytes[index] = UInt8(truncatingIfNeeded: index >> 12)
        }
        #expect(try await echo(bytes) == bytes)
    }

    @Test func `a column of another type is refused by its name`() async throws {
        try await withSession { connection in
            let statement = Statement(name: "odd", sql: "SELECT 1.5 AS price, NULL::text AS owner, 70000 AS many")
            let row = try await connection.execute(statement)[0]
            #expect(
                await databaseError { _ = try row.decode(0, as: Int.self) }?.description == """
                    column 0 (price) of statement 'odd' cannot be read: it is numeric, which does not read as Int; cast \
                    it in SQL
                    """
            )
            #expect(
                await databaseError { _ = try row.decode(1, as: String.self) }?.description == """
                    column 1 (owner) of statement 'odd' cannot be read: it is NULL, and the program expects a value
                    """
            )
            #expect(
                await databaseError { _ = try row.decode(2, as: Int16.self) }?.description == """
                    column 2 (many) of statement 'odd' cannot be read: its value does not fit Int16
                    """
            )
            #expect(
                await databaseError { _ = try row.decode(3, as: Int16.self) }?.description == """
                    column 3 of statement 'odd' cannot be read: the result has 3 columns
                    """
            )
        }
    }
}
