import Postgres
import TestKit
import Testing

struct ConnectionTests {
    @Test func `a syntax error names the statement and the line`() async throws {
        try await withSession { connection in
            let error = await databaseError {
                _ = try await connection.execute(Statement(name: "typo", sql: "SELECT 1\nFORM x"))
            }
            #expect(error?.sqlState == "42601")
            #expect(
                error?.description == """
                    statement 'typo' failed at line 2: syntax error at or near "x" (SQLSTATE 42601)
                    """
                    || error?.description == """
                        statement 'typo' failed at line 2: syntax error at or near "FORM" (SQLSTATE 42601)
                        """
            )
            #expect(error?.isRetryable == false)
        }
    }

    @Test func `a unique violation names its constraint and hides the values`() async throws {
        try await withSession { connection in
            try await connection.executeScript("CREATE TEMP TABLE place (id text CONSTRAINT place_key PRIMARY KEY)")
            let insert = Statement(name: "insert_place", sql: "INSERT INTO place VALUES ($1)")
            #expect(try await connection.execute(insert, ["secret-42"]).affected == 1)
            let error = await databaseError { _ = try await connection.execute(insert, ["secret-42"]) }
            #expect(error?.isUniqueViolation() == true)
            #expect(error?.isUniqueViolation(constraint: "place_key") == true)
            #expect(error?.isUniqueViolation(constraint: "other") == false)
            #expect(
                error?.description == """
                    statement 'insert_place' failed: duplicate key value violates unique constraint "place_key" \
                    (SQLSTATE 23505, constraint place_key)
                    """
            )
            #expect("\(String(reflecting: error))".contains("secret") == false)
            guard case .server(let refusal) = error else { return }
            #expect(refusal.detail == "Key (id)=(secret-42) already exists.")
        }
    }

    @Test func `a value that the server cannot read is not repeated in the error`() async throws {
        try await withSession { connection in
            let statement = Statement(name: "number", sql: "SELECT $1::text::integer")
            let error = await databaseError { _ = try await connection.execute(statement, ["hunter2"]) }
            #expect(
                error?.description == """
                    statement 'number' failed: invalid input syntax for type integer: (value not shown) (SQLSTATE 22P02)
                    """
            )
        }
    }

    @Test func `a statement is prepared once`() async throws {
        try await withSession { connection in
            let statement = Statement(name: "counted", sql: "SELECT $1")
            for _ in 0..<3 { _ = try await connection.execute(statement, [1]) }
            let count = Statement(
                name: "count_prepared",
                sql: "SELECT name, generic_plans + custom_plans FROM pg_prepared_statements WHERE name = $1"
            )
            let rows = try await connection.execute(count, ["counted"])
            #expect(rows.count == 1)
            #expect(rows.columns == ["name", "?column?"])
            #expect(try rows[0].decode(1) == 3)
        }
    }

    @Test func `one name stands for one statement with one set of types`() async throws {
        try await withSession { connection in
            _ = try await connection.execute(Statement(name: "same", sql: "SELECT $1"), [1])
            let other = await databaseError {
                _ = try await connection.execute(Statement(name: "same", sql: "SELECT $1 + 1"), [1])
            }
            #expect(other?.description == "statement 'same' was not sent: another statement has the same name")
            let types = await databaseError {
                _ = try await connection.execute(Statement(name: "same", sql: "SELECT $1"), ["x"])
            }
            #expect(
                types?.description == """
                    statement 'same' was not sent: its parameters were (bigint) when it was prepared, and now have other \
                    types
                    """
            )
        }
    }

    @Test func `a statement that failed to prepare can be tried again`() async throws {
        try await withSession { connection in
            let statement = Statement(name: "early", sql: "SELECT count(*) FROM later")
            #expect(await databaseError { _ = try await connection.execute(statement) }?.sqlState == "42P01")
            try await connection.executeScript("CREATE TEMP TABLE later (id int)")
            #expect(try await connection.number(statement) == 0)
        }
    }

    @Test func `a script runs all its statements or none`() async throws {
        try await withSession { connection in
            try await connection.executeScript("CREATE TEMP TABLE a (id int); INSERT INTO a VALUES (1), (2);")
            let error = await databaseError {
                try await connection.executeScript("DELETE FROM a;\n\nSELECT nonsense", name: "m0007")
            }
            #expect(
                error?.description == """
                    statement 'm0007' failed at line 3: column "nonsense" does not exist (SQLSTATE 42703)
                    """
            )
            let count = Statement(name: "count_a", sql: "SELECT count(*) FROM a")
            #expect(try await connection.number(count) == 2)
        }
    }

    @Test func `COPY is refused and ends the session`() async throws {
        try await withSession { connection in
            let error = await databaseError { try await connection.executeScript("COPY pg_class TO STDOUT") }
            #expect(error?.description == "statement 'script' was not sent: COPY is not supported")
        }
    }

    @Test func `a session that was ended says so and cannot be used`() async throws {
        try await withSession { connection in
            let backend = try await connection.perform { try $0.backendID() }
            try await withSession { other in try await other.perform { try $0.terminate(backend) } }
            let error = await databaseError { _ = try await connection.execute(.backendID) }
            #expect(error?.sqlState == "57P01")
            #expect(error?.isRetryable == true)
            let second = await databaseError { _ = try await connection.execute(.backendID) }
            guard case .connectionLost(statement: "backend_id", _) = second else {
                Issue.record("not a lost connection: \(String(describing: second))")
                return
            }
            #expect(second?.isRetryable == true)
        }
    }

    @Test func `limits and names reach the session`() async throws {
        var configuration = try await PrivateServer.shared().configuration(database: "postgres")
        configuration.applicationName = "rota test"
        configuration.statementTimeout = .milliseconds(1500)
        configuration.lockTimeout = nil
        let connection = try await Connection.connect(configuration)
        let show = Statement(
            name: "show",
            sql: """
                SELECT current_setting('application_name'), current_setting('statement_timeout'),
                    current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
                    current_setting('TimeZone'), current_setting('client_encoding'), current_setting('jit')
                """
        )
        let row = try await connection.execute(show)[0]
        let words = try (0..<7).map { column in try row.decode(column, as: String.self) }
        #expect(words == ["rota test", "1500ms", "0", "5s", "UTC", "UTF8", "off"])
        await connection.close()
    }

    @Test func `what the address says wins over the defaults`() async throws {
        let server = try await PrivateServer.shared()
        let options = "&application_name=mine&options=-c%20statement_timeout%3D7s%20-c%20geqo%3Doff"
        let configuration = try ConnectionConfiguration(server.address(database: "postgres") + options)
        let connection = try await Connection.connect(configuration)
        let show = Statement(
            name: "show",
            sql: """
                SELECT current_setting('application_name'), current_setting('statement_timeout'),
                    current_setting('geqo'), current_setting('lock_timeout')
                """
        )
        let row = try await connection.execute(show)[0]
        #expect(try (0..<4).map { column in try row.decode(column, as: String.self) } == ["mine", "7s", "off", "10s"])
        await connection.close()
    }

    @Test func `several hosts are tried in turn for one that takes writes`() async throws {
        let server = try await PrivateServer.shared()
        let address =
            "host=/nonexistent,\(server.folder) port=5432,5432 dbname=postgres user=rota "
            + "target_session_attrs=read-write"
        let connection = try await Connection.connect(try ConnectionConfiguration(address))
        #expect(try await connection.number(Statement(name: "one", sql: "SELECT 1")) == 1)
        await connection.close()
    }

    @Test func `a missing server, database or user is named with what to do`() async throws {
        let server = try await PrivateServer.shared()
        let nowhere = try ConnectionConfiguration("host=/nonexistent dbname=rota user=rota")
        #expect(
            await databaseError { _ = try await Connection.connect(nowhere) }?.description == """
                cannot connect to PostgreSQL at socket /nonexistent/.s.PGSQL.5432, database rota, user rota: No such file \
                or directory. Check that the server runs, that it listens there, and that the address is right
                """
        )
        let database = try ConnectionConfiguration("host=\(server.folder) dbname=absent user=rota")
        #expect(
            await databaseError { _ = try await Connection.connect(database) }?.description == """
                cannot connect to PostgreSQL at socket \(server.folder)/.s.PGSQL.5432, database absent, user rota: \
                database "absent" does not exist. Create the database with createdb, or correct its name in the address
                """
        )
        let user = try ConnectionConfiguration("host=\(server.folder) dbname=postgres user=nobody_here")
        #expect(
            await databaseError { _ = try await Connection.connect(user) }?.description == """
                cannot connect to PostgreSQL at socket \(server.folder)/.s.PGSQL.5432, database postgres, user \
                nobody_here: role "nobody_here" does not exist. Create the user with createuser, or correct its name in \
                the address
                """
        )
        let closed = try ConnectionConfiguration("postgresql://rota:hunter2@127.0.0.1:1/rota")
        #expect(
            await databaseError { _ = try await Connection.connect(closed) }?.description == """
                cannot connect to PostgreSQL at host 127.0.0.1 port 1, database rota, user rota: Connection refused. \
                Check that the server runs, that it listens there, and that the address is right
                """
        )
    }

    @Test func `many connections come and go without a thread left behind`() async throws {
        let configuration = try await PrivateServer.shared().configuration(database: "postgres")
        for _ in 0..<20 {
            let connection = try await Connection.connect(configuration)
            _ = try await connection.execute(.backendID)
        }
    }
}
