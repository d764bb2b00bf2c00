import Glibc
import Postgres
import Synchronization

/// Starts the private server, on a thread of its own because it waits for other processes.
actor PrivateServerStarter {
    private let thread = SerialThread(name: "private-server")
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    /// Makes a cluster, starts its server, which ends with this process, and returns when it answers.
    func start() throws -> PrivateServer {
        let (server, watchdog) = try start(clock: nil)
        Watchdog.current.withLock { $0 = watchdog }
        atexit { Watchdog.current.withLock { $0?.end() } }
        return server
    }

    /// Does the same for a server that reads the time of a test's own clock, and that its watchdog ends.
    func start(clock: MovableClock?) throws -> (server: PrivateServer, watchdog: Watchdog) {
        let binaries = try Self.binaries()
        let folder = try Self.makeFolder()
        let watchdog = try Watchdog(arguments: Self.command(binaries: binaries, folder: folder, clock: clock))
        guard watchdog.readLine() == "ready" else {
            watchdog.end()
            throw PrivateServerError.notStarted(folder: folder)
        }
        return (PrivateServer(folder: folder), watchdog)
    }

    /// Ends a server that was started with a clock; returns when it has ended.
    func end(_ watchdog: Watchdog) { watchdog.end() }

    /// Starts the server again, or stops it in a mode of pg_ctl's; returns when that is done.
    func tell(_ watchdog: Watchdog, _ word: String) {
        watchdog.say(word)
        _ = watchdog.readLine()
    }

    /// Initialises, starts, says so, does what it is told until standard input ends, stops and cleans up.
    private static let script = """
        bin=$1 dir=$2
        cd "$dir" || exit
        {
            "$bin/initdb" -D "$dir/data" -U rota -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions &&
            cat >> "$dir/data/postgresql.conf" <<END &&
        listen_addresses = ''
        unix_socket_directories = '$dir'
        max_connections = 800
        shared_buffers = 128MB
        fsync = off
        full_page_writes = off
        max_wal_size = 2GB
        jit = off
        timezone = 'UTC'
        END
            "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/server.log" start
        } > "$dir/start.log" 2>&1 || exit
        # A process that died meanwhile must not take this shell along before it has cleaned up.
        trap '' PIPE
        echo ready
        while read -r word; do
            case $word in
            # Backends of a server that was killed may be there for another moment.
            start)
                for try in 1 2 3 4 5 6 7 8 9; do
                    "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/server.log" start && break
                    sleep 0.2
                done
                ;;
            *) "$bin/pg_ctl" -D "$dir/data" -w -m "$word" stop ;;
            esac > /dev/null 2>&1
            echo "$word"
        done
        "$bin/pg_ctl" -D "$dir/data" -w -m immediate stop > /dev/null 2>&1
        cd / && rm -rf "$dir"
        """

    private static func command(binaries: String, folder: String, clock: MovableClock?) -> [String] {
        let variables = (clock?.environment ?? [:]).map { "\($0.key)=\($0.value)" }
        let shell = ["/usr/bin/env"] + variables + ["/bin/sh", "-c", script, "private-server", binaries, folder]
        // PostgreSQL refuses to run as root.
        let unprivileged = ["/usr/bin/env", "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
        return geteuid() == 0 ? unprivileged + shell : shell
    }

    /// The newest version installed where Debian puts it, or else what the search path has.
    private static func binaries() throws -> String {
        let versions = Self.entries(of: "/usr/lib/postgresql").compactMap { Int($0) }.sorted(by: >)
        let candidates = versions.map { "/usr/lib/postgresql/\($0)/bin" } + ["/usr/local/pgsql/bin"] + searchPath()
        let needed = ["initdb", "pg_ctl", "postgres"]
        for candidate in candidates where needed.allSatisfy({ unsafe access("\(candidate)/\($0)", X_OK) == 0 }) {
            return candidate
        }
        throw PrivateServerError.noBinaries
    }

    private static func searchPath() -> [String] {
        guard let path = unsafe getenv("PATH") else { return [] }
        return unsafe String(cString: path).split(separator: ":").map(String.init)
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { _ = unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }

    /// A new folder that belongs to the user whom the server runs as.
    private static func makeFolder() throws -> String {
        var template = Array("/tmp/rota-postgres-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw PrivateServerError.noFolder(errno: errno) }
        let folder = template.dropLast().map { UInt8(bitPattern: $0) }
        let path = String(decoding: folder, as: UTF8.self)
        guard geteuid() == 0 else { return path }
        guard let user = unsafe getpwnam("postgres") else { throw PrivateServerError.noUser }
        guard unsafe chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
            throw PrivateServerError.noFolder(errno: errno)
        }
        return path
    }
}

/// Why there is no private server.
enum PrivateServerError: Error, CustomStringConvertible {
    case noBinaries
    case noUser
    case noFolder(errno: Int32)
    case notSpawned(errno: Int32)
    case notStarted(folder: String)

    var description: String {
        switch self {
        case .noBinaries: "initdb, pg_ctl and postgres are nowhere to be found. Install the package postgresql"
        case .noUser: "PostgreSQL does not run as root, and there is no user postgres. Install the package postgresql"
        case .noFolder(let errno): "no folder under /tmp for the server: \(Self.words(errno))"
        case .notSpawned(let errno): "the shell that starts the server could not be run: \(Self.words(errno))"
        case .notStarted(let folder): "the server did not start. See start.log and server.log in \(folder)"
        }
    }

    private static func words(_ errno: Int32) -> String {
        unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
    }
}
