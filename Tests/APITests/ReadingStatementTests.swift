import Core
import Postgres
import Store
import Testing

/// The statements behind what the API tells.
struct ReadingStatementTests {
    @Test func `every statement fits the schema`() async throws {
        try await APIHarness.read { api in
            try await api.store.pool.withConnection { connection in
                for statement in Store.readingStatements {
                    try await connection.executeScript(
                        "PREPARE \"check\" AS \(statement.sql); DEALLOCATE \"check\"",
                        name: statement.name
                    )
                }
            }
        }
    }

    @Test func `no two statements share a name`() {
        let statements = Store.readingStatements
        #expect(Set(statements.map(\.name)).count == statements.count)
    }

    @Test func `a page of runs costs what it shows, not what there is`() async throws {
        try await APIHarness.run { api in
            try await api.change(.manyRuns)
            let none: [any PostgresEncodable] = [
                Timestamp?.none, Timestamp?.none, Int?.none, Timestamp?.none, Timestamp?.none, [Int]?.none,
            ]
            let parameters: [any PostgresEncodable] = [Timestamp?.none, Int?.none, "sales", 11]
            let plan = try await api.plan(of: "read_runs_dag_first", parameters + none)
            #expect(plan.contains("dag_run_recent"), "\(plan)")
            #expect(!plan.contains("Seq Scan on dag_run"), "\(plan)")
        }
    }
}
