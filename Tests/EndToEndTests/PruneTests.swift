import Core
import Glibc
import TestKit
import Testing

/// Removing what is old, by hand, beside a server that runs.
struct PruneTests {
    @Test func `what has ended goes with its log and its folder, and what runs stays`() async throws {
        try await Station.with { station in
            let files = [
                "done.yaml":
                    "tasks: {t: {run: 'echo words; touch $ROTA_RUN_DIR/made; echo $ROTA_RUN_DIR > \(station.witness)/folder'}}",
                "stays.yaml": "tasks: {t: {run: sleep 1000}}",
            ]
            _ = try await station.start(files)
            let done = try await station.trigger("done")
            try await station.awaitRun(done, "success")
            let stays = try await station.trigger("stays")
            try await station.awaitTask("t", of: stays, "running")
            let folder = try #require(station.lines(of: "folder").first)
            #expect(unsafe access(folder + "/made", F_OK) == 0)

            let planned = try await station.json("db", "prune", "--history", "0s", "--dry-run")
            #expect(planned["runs"] == .number("1") && planned["dry_run"] == .boolean(true), "\(planned)")
            #expect(try await station.rota("logs", done, "t").text == "words\n", "a dry run removes nothing")

            let logs = try await station.rota("db", "prune", "--logs", "0s")
            #expect(logs.exitCode == 0, "\(logs)")
            let expired = try await station.rota("logs", done, "t")
            #expect(expired.exitCode == 3 && expired.errorText.contains("has expired"), "\(expired)")

            let gone = try await station.json("db", "prune", "--history", "0s")
            #expect(gone["runs"] == .number("1"), "\(gone)")
            #expect(try await station.rota("runs", "show", done).exitCode == 3)
            #expect(try await station.run(stays).text("state") == "running")
            try await eventually("the run's folder is gone") { unsafe access(folder, F_OK) != 0 }
        }
    }
}
