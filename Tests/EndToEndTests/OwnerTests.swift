import Glibc
import TestKit
import Testing

/// Whose rights a task has.
struct OwnerTests {
    @Test func `a folder that everybody may write to is refused`() async throws {
        try await Station.with { station in
            unsafe chmod(station.dags, 0o777)
            let result = try await station.bare(["standalone", "--data", station.data, "--dags", station.dags])
            #expect(result.exitCode == 5 && result.errorText.contains("chmod o-w"), "\(result)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can run tasks as somebody else"))
    func `tasks run as the owner of the DAG folder, with nothing of the server's`() async throws {
        try await Station.with { station in
            let ids = unsafe getpwnam("nobody").map { unsafe ($0.pointee.pw_uid, $0.pointee.pw_gid) }
            let (id, group) = try #require(ids)
            try station.write("owned.yaml", "tasks: {t: {run: 'id -u; id -G; pwd; env | grep -c SECRET || true'}}")
            unsafe chown(station.dags, id, group)
            unsafe chown(station.dags + "/owned.yaml", id, group)
            let arguments = ["standalone", "--data", station.data, "--dags", station.dags, "--port", "0"]
            _ = try await station.start(arguments, environment: ["MY_SECRET": "hidden"])
            try await station.awaitDAG("owned")
            let result = try await station.rota("trigger", "owned", "--wait", "--json")
            #expect(result.exitCode == 0, "\(result)")
            let log = try await station.rota("logs", "owned/latest", "t").text
            #expect(log == "\(id)\n\(group)\n\(station.dags)\n0\n")
        }
    }
}
