import DAGFile
import Testing

@Suite(.timeLimit(.minutes(5)))
struct DAGFolderWatcherTests {
    private let temporary: TemporaryFolder
    private let watcher: DAGFolderWatcher

    init() throws {
        temporary = try TemporaryFolder()
        try temporary.write("x/old.yaml")
        watcher = try DAGFolderWatcher(folder: DAGFolder(path: temporary.path))
    }

    /// The next event that fits, whatever comes before it.
    private func wait(for isWanted: (DAGFolderWatcher.Event) -> Bool) async -> Bool {
        for await event in watcher.events where isWanted(event) { return true }
        return false
    }

    private func wait(for path: String) async -> Bool {
        await wait { event in
            if case .changed(let paths) = event { paths.contains(path) } else { false }
        }
    }

    @Test func `a file that is written and closed is told`() async throws {
        try temporary.write("a.yaml")
        #expect(await wait(for: "a.yaml"))
        try temporary.write("x/old.yaml", "tasks: {b: }")
        #expect(await wait(for: "x/old.yaml"))
    }

    @Test func `a file that is moved into place, away or deleted is told`() async throws {
        temporary.run("printf x > \"$1/tmp\" && mv \"$1/tmp\" \"$1/a.yaml\"")
        #expect(await wait(for: "a.yaml"))
        temporary.run("mv \"$1/a.yaml\" \"$1/gone\"")
        #expect(await wait(for: "a.yaml"))
        temporary.run("rm \"$1/x/old.yaml\"")
        #expect(await wait(for: "x/old.yaml"))
    }

    @Test func `a link into the folder is told when it is made`() async throws {
        temporary.run("ln -s x/old.yaml \"$1/link.yaml\"")
        #expect(await wait(for: "link.yaml"))
    }

    @Test func `files in a new folder are told, once it has been looked at`() async throws {
        temporary.run("mkdir -p \"$1/new/deep\"")
        #expect(await wait { $0 == .rescan })
        // The folders are watched by now, or one more rescan is on its way.
        try temporary.write("new/deep/b.yaml")
        #expect(
            await wait { event in
                if case .changed(let paths) = event { paths.contains("new/deep/b.yaml") } else { true }
            }
        )
    }

    @Test func `a change of .rotaignore asks for a rescan`() async throws {
        try temporary.write(".rotaignore", "x/")
        #expect(await wait { $0 == .rescan })
    }

    @Test func `what is not read in time is one rescan`() async throws {
        temporary.run("for i in $(seq 300); do printf x > \"$1/f$i.yaml\"; mkdir \"$1/d$i\"; done")
        #expect(await wait { $0 == .rescan })
    }

    @Test func `events end when the folder is gone`() async throws {
        temporary.run("rm -rf \"$1\"")
        var last: DAGFolderWatcher.Event?
        for await event in watcher.events { last = event }
        #expect(last == .rescan)
    }

    @Test func `events end when the watcher is stopped`() async throws {
        watcher.stop()
        for await _ in watcher.events {}
    }

    @Test func `a folder that is not there cannot be watched`() throws {
        #expect(throws: FolderError.self) { try DAGFolderWatcher(folder: DAGFolder(path: "/nonexistent/dags")) }
    }
}
