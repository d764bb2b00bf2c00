import Core
import Glibc
import TestKit
import Testing

/// A disk that is full.
struct DiskTests {
    @Test(.enabled(if: geteuid() == 0, "only root can make a small disk"))
    func `a full disk is named, and nothing is lost when there is room again`() async throws {
        try await Station.with { station in
            let disk = station.folder + "/disk"
            unsafe mkdir(disk, 0o755)
            let mount = try await Program.run(
                "/bin/mount",
                ["-t", "tmpfs", "-o", "size=150m,mode=755", "tmpfs", disk]
            )
            try #require(mount.exitCode == 0, "\(mount)")
            do {
                try await Self.fill(disk, station)
            } catch {
                _ = try await Program.run("/bin/umount", ["-l", disk])
                throw error
            }
            _ = try await Program.run("/bin/umount", ["-l", disk])
        }
    }

    private static func fill(_ disk: String, _ station: Station) async throws {
        try station.write("t.yaml", "tasks: {t: {run: 'echo something to store'}}")
        let server = try await station.start([
            "standalone", "--data", disk + "/data", "--dags", station.dags, "--port", "0",
        ])
        let place = ["--data", disk + "/data"]
        try await eventually("the DAG") { try await station.bare(["dags", "show", "t"] + place).exitCode == 0 }

        _ = try await Program.run("/bin/sh", ["-c", "cat /dev/zero > '\(disk)/fill' 2> /dev/null; true"])
        var triggered = 0
        try await eventually("a word about the disk") {
            // What is refused now leaves nothing behind; what is taken must end well.
            if try await station.bare(["trigger", "t"] + place).exitCode == 0 { triggered += 1 }
            return String(decoding: server.errorOutput, as: UTF8.self).contains("No space left on device")
        }
        unsafe unlink(disk + "/fill")

        try await eventually("all runs") {
            let listing = try await station.bare(["runs", "list", "--json", "--limit", "1000"] + place)
            guard let items = JSONValue(parsing: listing.text)?.items, items.count >= triggered else { return false }
            return items.allSatisfy { $0.text("state") == "success" }
        }
        server.signal(SIGINT)
        _ = try await server.result()
    }
}
