import Core
import Glibc
import TestKit
import Testing

/// Servers on a PostgreSQL that they do not manage.
struct ClusterTests {
    private static func serve(_ station: Station, _ name: String, _ database: PrivateDatabase) async throws -> Program {
        let arguments = [
            "serve", "--data", "\(station.data)-\(name)", "--dags", station.dags, "--listen", "127.0.0.1:0",
            "--runner-name", name,
        ]
        return try await station.start(arguments, environment: ["DATABASE_URL": database.address])
    }

    @Test func `two servers share the work, and one goes on when the other is killed`() async throws {
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                let dag = """
                    schedule: {cron: "0 * * * *", catchup: none}
                    tasks:
                      work: {run: 'echo "$ROTA_RUN_ID" >> \(station.witness)/$(echo "$ROTA_RUN_DIR" | grep -o "data-[ab]"); sleep 0.1'}
                    """
                try station.write("works.yaml", dag)
                let first = try await Self.serve(station, "a", database)
                _ = try await Self.serve(station, "b", database)
                func ask(_ arguments: String...) async throws -> ProgramResult {
                    try await station.bare(arguments, environment: ["ROTA_DATA": station.data + "-b"])
                }
                try await eventually("the DAG") { try await ask("dags", "show", "works").exitCode == 0 }
                try await eventually("two runners") {
                    let runners = JSONValue(parsing: try await ask("runners", "list", "--json").text)?.items ?? []
                    return runners.count { $0.text("kind") == "local" } == 2
                }
                let backfill = try await ask(
                    "backfill",
                    "works",
                    "--from",
                    "2026-01-01T00:00:00Z",
                    "--to",
                    "2026-01-05T04:00:00Z",
                    "--max-active",
                    "16"
                )
                #expect(backfill.exitCode == 0, "\(backfill)")
                func done() -> [String] { station.lines(of: "data-a") + station.lines(of: "data-b") }
                try await eventually("work of both") {
                    station.lines(of: "data-a").count >= 3 && station.lines(of: "data-b").count >= 3
                }
                first.signal(SIGKILL)
                _ = try await first.result()
                let before = station.lines(of: "data-b").count
                try await eventually("more work of the second") { station.lines(of: "data-b").count >= before + 10 }
                _ = try await Self.serve(station, "a", database)
                try await eventually("100 runs that succeeded") {
                    let answer = try await ask("runs", "list", "--state", "success", "--limit", "1000", "--json")
                    return JSONValue(parsing: answer.text)?.items.count == 100
                }
                #expect(done().count == 100 && Set(done()).count == 100, "\(done().sorted())")
            }
        }
    }

    @Test func `of three peers one is killed and one frozen, and the third goes on; a fourth joins by starting`()
        async throws
    {
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                let items = (0..<60).map(String.init).joined(separator: ", ")
                let dag = """
                    max_active_tasks: 100
                    tasks:
                      work:
                        for_each: [\(items)]
                        retries: 3
                        env: {N: "{{ item }}"}
                        run: 'echo "$N" >> \(station.witness)/$(echo "$ROTA_RUN_DIR" | grep -o "data-[abcd]"); sleep 0.5'
                    """
                try station.write("works.yaml", dag)
                for name in ["a", "b", "c", "d"] {
                    unsafe mkdir("\(station.data)-\(name)", 0o755)
                    try station.put("data-\(name)/rota.yaml", "runners: [{name: \(name), kind: local, slots: 2}]\n")
                }
                let first = try await Self.serve(station, "a", database)
                let second = try await Self.serve(station, "b", database)
                _ = try await Self.serve(station, "c", database)
                func ask(_ arguments: String...) async throws -> ProgramResult {
                    try await station.bare(arguments, environment: ["ROTA_DATA": station.data + "-c"])
                }
                try await eventually("the DAG") { try await ask("dags", "show", "works").exitCode == 0 }
                #expect(try await ask("trigger", "works").exitCode == 0)
                try await eventually("work of all three") {
                    ["data-a", "data-b", "data-c"].allSatisfy { station.lines(of: $0).count >= 2 }
                }
                first.signal(SIGKILL)
                _ = try await first.result()
                second.signal(SIGSTOP)
                let before = station.lines(of: "data-c").count
                try await eventually("more work of the third") { station.lines(of: "data-c").count >= before + 4 }
                let fourth = try await Self.serve(station, "d", database)
                try await eventually("work of the fourth") { station.lines(of: "data-d").count >= 2 }
                try await eventually("the word unreachable") {
                    let run = JSONValue(parsing: try await ask("runs", "show", "works/latest", "--json").text)
                    let states = (run?["tasks"]?.elements ?? []).flatMap { $0["attempts"]?.elements ?? [] }
                        .compactMap { $0.text("state") }
                    return states.contains("unreachable")
                }
                second.signal(SIGCONT)
                _ = try await Self.serve(station, "a", database)
                try await eventually("the run's success") {
                    let answer = try await ask("runs", "show", "works/latest", "--json")
                    return JSONValue(parsing: answer.text)?.text("state") == "success"
                }
                let done = ["data-a", "data-b", "data-c", "data-d"].flatMap { station.lines(of: $0) }
                #expect(done.count == 60 && Set(done).count == 60, "\(done.sorted())")
                fourth.signal(SIGTERM)
                #expect(try await fourth.result().exitCode == 0)
            }
        }
    }

    @Test func `a peer that is to drain takes nothing more, and stops once nothing runs on it`() async throws {
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                let run =
                    "echo begun >> \(station.witness)/starts; until [ -e \(station.witness)/go ]; do sleep 0.05; done"
                try station.write("waits.yaml", "tasks: {t: {run: '\(run)'}, u: {needs: t, run: 'true'}}")
                let server = try await station.start(
                    [
                        "serve", "--data", "\(station.data)-a", "--dags", station.dags, "--listen", "127.0.0.1:0",
                        "--runner-name", "a", "--drain",
                    ],
                    environment: ["DATABASE_URL": database.address]
                )
                func ask(_ arguments: String...) async throws -> ProgramResult {
                    try await station.bare(arguments, environment: ["ROTA_DATA": station.data + "-a"])
                }
                try await eventually("the DAG") { try await ask("dags", "show", "waits").exitCode == 0 }
                #expect(try await ask("trigger", "waits").exitCode == 0)
                try await eventually("the task's start") { !station.lines(of: "starts").isEmpty }
                server.signal(SIGTERM)
                try await eventually("the word that it takes nothing more") {
                    String(decoding: server.errorOutput, as: UTF8.self).contains("taking nothing more")
                }
                #expect(try await ask("runs", "list").exitCode == 0, "its pages are there until it is done")
                try station.leave("go")
                #expect(try await server.result().exitCode == 0)
                let states = "SELECT string_agg(task_id || ' ' || state, ', ' ORDER BY task_index) FROM task_instance"
                #expect(
                    try await PrivateServer.shared().ask(states, database: database.name) == ["t success, u queued"]
                )
            }
        }
    }

    @Test func `a server whose folder holds other files says so`() async throws {
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                try station.write("same.yaml", "tasks: {t: {run: 'true'}}")
                _ = try await Self.serve(station, "a", database)
                try await eventually("the DAG") {
                    try await station.bare(["dags", "show", "same"], environment: ["ROTA_DATA": station.data + "-a"])
                        .exitCode == 0
                }
                unsafe mkdir(station.folder + "/others", 0o755)
                try station.put("others/same.yaml", "tasks: {t: {run: 'false'}}")
                let other = try await station.start(
                    [
                        "serve", "--data", "\(station.data)-b", "--dags", station.folder + "/others", "--listen",
                        "127.0.0.1:0", "--runner-name", "b",
                    ],
                    environment: ["DATABASE_URL": database.address]
                )
                try await eventually("a warning") {
                    String(decoding: other.errorOutput, as: UTF8.self).contains(
                        "differs from the files in force, which another server reads: same.yaml"
                    )
                }
                try station.put("others/same.yaml", "tasks: {t: {run: 'true'}}")
                try await eventually("the end of the warning") {
                    String(decoding: other.errorOutput, as: UTF8.self).contains("holds the files in force again")
                }
            }
        }
    }

    @Test func `what runs on a dead server's host is unreachable until the server is back`() async throws {
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                let run = "echo begun; until [ -e \(station.witness)/go ]; do sleep 0.05; done; echo end"
                try station.write("waits.yaml", "tasks: {t: {runner: a, run: '\(run)'}}")
                let first = try await Self.serve(station, "a", database)
                _ = try await Self.serve(station, "b", database)
                func ask(_ arguments: String...) async throws -> ProgramResult {
                    try await station.bare(arguments, environment: ["ROTA_DATA": station.data + "-b"])
                }
                func attempts() async throws -> [String] {
                    let run = JSONValue(parsing: try await ask("runs", "show", "waits/latest", "--json").text)
                    return (run?.task("t")?["attempts"]?.elements ?? []).compactMap { $0.text("state") }
                }
                try await eventually("the DAG") { try await ask("dags", "show", "waits").exitCode == 0 }
                #expect(try await ask("trigger", "waits").exitCode == 0)
                try await eventually("the task's start") { try await attempts() == ["running"] }
                first.signal(SIGKILL)
                _ = try await first.result()
                try await eventually("the word unreachable") { try await attempts() == ["unreachable"] }
                _ = try await Self.serve(station, "a", database)
                try await eventually("the word running") { try await attempts() == ["running"] }
                try station.leave("go")
                try await eventually("the end") { try await attempts() == ["success"] }
                #expect(try await ask("logs", "waits/latest", "t").text == "begun\nend\n")
            }
        }
    }

    @Test func `a database that goes away and comes back costs no run and no server`() async throws {
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                let run =
                    "echo begun >> \(station.witness)/starts; until [ -e \(station.witness)/go ]; do sleep 0.05; done"
                try station.write("waits.yaml", "tasks: {t: {run: '\(run); echo end'}, u: {needs: t, run: echo u}}")
                let server = try await Self.serve(station, "a", database)
                let address = try station.address
                func ask(_ arguments: String...) async throws -> ProgramResult {
                    try await station.bare(arguments, environment: ["ROTA_DATA": station.data + "-a"])
                }
                try await eventually("the DAG") { try await ask("dags", "show", "waits").exitCode == 0 }
                #expect(try await ask("trigger", "waits").exitCode == 0)
                try await eventually("the task's start") { !station.lines(of: "starts").isEmpty }
                try await database.goDown()
                try await eventually("an unready server") { try address.ask("GET", "/readyz").status == 503 }
                #expect(try address.ask("GET", "/healthz").status == 200)
                let refused = try await ask("runs", "list")
                #expect(refused.exitCode == 4, "\(refused)")
                let late = try await station.bare(
                    ["serve", "--data", station.data + "-late", "--dags", station.dags, "--listen", "127.0.0.1:0"],
                    environment: ["DATABASE_URL": database.address]
                )
                #expect(late.exitCode == 4, "\(late)")
                try station.leave("go")
                try await database.comeBack()
                try await eventually("a ready server") { try address.ask("GET", "/readyz").status == 200 }
                try await eventually("the run's success") {
                    let answer = try await ask("runs", "show", "waits/latest", "--json")
                    return JSONValue(parsing: answer.text)?.text("state") == "success"
                }
                #expect(station.lines(of: "starts") == ["begun"])
                #expect(try await ask("logs", "waits/latest", "t").text == "end\n")
                server.signal(SIGTERM)
                #expect(try await server.result().exitCode == 0)
            }
        }
    }

    @Test func `a database newer than the program is refused, and a wrong one is named`() async throws {
        try await PrivateServer.shared().withDatabase { database in
            try await Station.with { station in
                let environment = ["DATABASE_URL": database.address]
                let migrate = try await station.bare(["db", "migrate"], environment: environment)
                #expect(migrate.exitCode == 0, "\(migrate)")
                let status = try await station.bare(["db", "status"], environment: environment)
                #expect(status.exitCode == 0, "\(status)")
                let wrong = ["DATABASE_URL": database.address.replacing(database.name, with: "nowhere")]
                let missing = try await station.bare(["db", "status"], environment: wrong)
                #expect(missing.exitCode == 4 && missing.errorText.contains("nowhere"), "\(missing)")

                try await database.execute(
                    "INSERT INTO schema_migration (number, name, hash) VALUES (9999, 'from_the_future', '')"
                )
                let newer = try await station.bare(
                    ["serve", "--data", station.data, "--dags", station.dags, "--listen", "127.0.0.1:0"],
                    environment: environment
                )
                #expect(newer.exitCode == 5 && newer.errorText.contains("newer"), "\(newer)")
            }
        }
    }
}
