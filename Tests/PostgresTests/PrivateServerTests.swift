import Postgres
import TestKit
import Testing

struct PrivateServerTests {
    @Test func `a template is made once and copied many times`() async throws {
        let server = try await PrivateServer.shared()
        let made = Tally()
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    let template = try await server.template("once") { configuration in
                        made.add(1)
                        let connection = try await Connection.connect(configuration)
                        try await connection.executeScript("CREATE TABLE copied AS SELECT 42::bigint AS answer")
                        await connection.close()
                    }
                    try await server.withDatabase(template: template) { database in
                        let connection = try await Connection.connect(database.configuration)
                        let answer = Statement(name: "answer", sql: "SELECT answer FROM copied")
                        let number = try await connection.number(answer)
                        #expect(number == 42)
                        await connection.close()
                    }
                }
            }
        }
        #expect(made.all == [1])
    }
}
