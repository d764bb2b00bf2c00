import Core
import Glibc
import TestKit

// MARK: - A database that dies, falls silent, and commits without saying so

extension Fault {
    static let onTheDatabase = [
        Fault("F14", "PostgreSQL is stopped, killed and started again, and single sessions are ended") { fleet in
            let run = try await fleet.begin()
            for stop in OwnServer.Stop.allCases where !fleet.isShort || stop == .immediate {
                await fleet.own.stop(stop)
                await fleet.own.start()
            }
            fleet.own.kill()
            await fleet.own.start()
            try fleet.open(run)
            for _ in 0..<3 {
                _ = try await fleet.rows(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE 'rota%' AND pid <> pg_backend_pid()
                    """
                )
            }
            try await fleet.awaitRun(run, "success")
        },
        Fault("F15", "the answer to a COMMIT is lost, and nobody is told whether it was done") { fleet in
            let steps = [WatchedStatement.insertTicks, .saveRuns, .writeIntents, .endAttempts, .appendLog]
            for step in steps where !fleet.isShort || step != .appendLog {
                for line in fleet.lines(to: "database") {
                    line.set(CuttableProxy.Trap([step, .commit].map(\.bytes), .answered("COMMIT")))
                }
                _ = try await fleet.ask("a", "trigger", "fleet")
                try await eventually("an answer that was lost at \(step)") {
                    fleet.lines(to: "database").contains { $0.hasSprung }
                }
            }
        },
        Fault("F27", "one server is cut off from the database", isSoon: false) { fleet in
            let run = try await fleet.begin()
            fleet.links["a.database"]?.set(.frozen)
            try await fleet.awaitLeases(of: "b")
            // What runs on its host is out of reach, and no failure.
            try fleet.open(run)
            let other = try await fleet.trigger("fleet")
            try await eventually("work without it") {
                try await fleet.rows(fleet.attempts(of: other) + " AND a.state = 'success'").count >= 4
            }
            fleet.links["a.database"]?.set(.open)
            try await fleet.awaitRun(run, "success")
        },
        Fault("F30", "pages and commands are asked while the database does not answer") { fleet in
            for mode in [CuttableProxy.Mode.frozen, .cut] {
                fleet.links["a.database"]?.set(mode)
                let server = try ServerAddress(
                    ready: String(decoding: fleet.servers["a"]?.output ?? [], as: UTF8.self)
                        .split(separator: "\n").first { $0.hasPrefix("ready ") }.map(String.init) ?? ""
                )
                try await eventually("an unready server") { try server.ask("GET", "/readyz").status == 503 }
                guard try server.ask("GET", "/healthz").status == 200 else { throw StationError.failed("not alive") }
                if mode == .cut {
                    let answer = try await fleet.ask("a", "runs", "list")
                    guard answer.exitCode == 4 else { throw StationError.failed("\(answer)") }
                }
                fleet.links["a.database"]?.set(.open)
                try await eventually("a ready server") { try server.ask("GET", "/readyz").status == 200 }
            }
        },
    ]
}
