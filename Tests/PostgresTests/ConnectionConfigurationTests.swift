import Postgres
import Testing

struct ConnectionConfigurationTests {
    @Test(arguments: [
        ("postgresql://ann:pw@db1:6432/rota", "host db1 port 6432, database rota, user ann"),
        ("postgresql://db1,db2:5433/rota", "host db1 port 5432 or host db2 port 5433, database rota"),
        ("host=a,b port=7000 dbname=rota", "host a port 7000 or host b port 7000, database rota"),
        ("postgresql:///rota?host=/run/pg", "socket /run/pg/.s.PGSQL.5432, database rota"),
        ("dbname=rota", "the default socket, port 5432, database rota"),
        ("hostaddr=127.0.0.1 password=pw", "host 127.0.0.1 port 5432"),
    ])
    func `an address is told in words, without its password`(address: String, words: String) throws {
        let configuration = try ConnectionConfiguration(address)
        #expect(configuration.place == words)
        var dumped = ""
        dump(configuration, to: &dumped)
        for printed in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!printed.contains("pw"))
        }
    }

    @Test(arguments: [
        ("postgresql://ann:hunter2%zz@db1/rota", "invalid percent-encoded token (text not shown)"),
        ("host=db1 hunter2", "missing (text not shown)"),
        ("postgresql://db1/rota?sslmod=require", "invalid URI query parameter: \"sslmod\""),
        ("hots=db1", "invalid connection option \"hots\""),
    ])
    func `an address that cannot be read is refused without repeating a password`(
        address: String,
        reason: String
    ) throws {
        let error = #expect(throws: DatabaseError.self) { _ = try ConnectionConfiguration(address) }
        #expect(
            error?.description == """
                the database address cannot be read: \(reason). Write it as postgresql://USER@HOST:PORT/DATABASE or \
                as host=... dbname=...
                """
        )
    }

    @Test func `an address with a zero byte is refused`() {
        #expect(throws: DatabaseError.invalidAddress(reason: "it holds a zero byte")) {
            _ = try ConnectionConfiguration("host=a\0b")
        }
    }
}
