import Glibc
import Testing

@testable import PrivateCluster

struct SpawnTests {
    @Test func `a program inherits no descriptor but its three`() throws {
        var ends: [Int32] = [-1, -1]
        #expect(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        // The last line is the descriptor by which ls reads the folder.
        #expect(try run("ls", ["/proc/self/fd"]) == "0\n1\n2\n3\n")
    }

    @Test func `a program sees no environment but what it needs`() throws {
        unsafe setenv("PGDATABASE", "elsewhere", 1)
        defer { unsafe unsetenv("PGDATABASE") }
        let names = try run("env", []).split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(Set(names).isSubset(of: ["PATH", "LD_LIBRARY_PATH", "LC_ALL"]))
    }

    @Test func `input is read and a failure is seen with its words`() throws {
        let spawn = Spawn(program: "sh", arguments: ["-c", "cat; echo bad >&2; exit 3"], user: try .current())
        let outcome = try spawn.run(input: "some\n")
        #expect(!outcome.succeeded)
        #expect(outcome.output == "some\nbad\n")
    }

    @Test func `a log that grew too long is cut and its end is kept`() async throws {
        try await ClusterFolder.with { folder in
            let log = ServerLog(path: "\(folder.base)/postgres.log")
            let descriptor = try log.open(for: .current())
            defer { close(descriptor) }
            #expect(ftruncate(descriptor, off_t(ServerLog.limit)) == 0)
            log.trim()
            #expect(log.length == ServerLog.limit)
            unsafe write(descriptor, "end\n", 4)
            log.trim()
            #expect(log.length == 0)
            #expect(TextFile.read(log.path + ".1")?.hasSuffix("end\n") == true)
            unsafe write(descriptor, "more", 4)
            #expect(TextFile.read(log.path) == "more")
        }
    }

    @Test(
        arguments: [
            ("", PostmasterFile.Status.starting),
            ("/s\n\n  12  34\nready   \n", .ready),
            ("/s\n\n  12  34\nstarting\n", .starting),
            ("/s\n\n  12  34\nstopping\n", .stopping),
        ])
    func `a pid file tells how far the server is`(end: String, status: PostmasterFile.Status) {
        let file = PostmasterFile(text: "7\n/d\n1\n5432\n" + end)
        #expect(file?.process == 7)
        #expect(file?.status == status)
        #expect(file?.socketDirectory == (end.isEmpty ? nil : "/s"))
    }

    @Test(arguments: ["", "\n", "-7\n", "x\n"])
    func `a torn pid file is no file`(text: String) {
        #expect(PostmasterFile(text: text) == nil)
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        try Spawn(program: program, arguments: arguments, user: .current()).run().output
    }
}
