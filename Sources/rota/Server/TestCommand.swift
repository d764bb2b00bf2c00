import ArgumentParser
import Core
import DAGFile
import Executor
import Glibc
import Host
import Runner
import Synchronization
import UnixSignals
import YAML
import Zones

/// One DAG once, in the foreground.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run one DAG file once, here and now; needs no server and no database.",
        discussion: """
            The commands are the real ones, and what follows what is decided as by a server. The exit code is 0 when the
            run succeeded and 1 when it failed.

            EXAMPLES
              rota test dags/sales_daily.yaml
              rota test dags/sales_daily.yaml -p region=emea --json
            """
    )

    @Argument(help: ArgumentHelp("The DAG file.", valueName: "file"))
    var file: String

    @Option(
        name: .customShort("p"),
        parsing: .singleValue,
        help: ArgumentHelp("A param of the run; may be given several times.", valueName: "name=value")
    )
    var params: [String] = []

    @Option(help: ArgumentHelp("What the run stands for. Default: now.", valueName: "instant"))
    var logicalDate: String?

    @Flag(help: "Print the run as one JSON document; what the tasks print goes to standard error.")
    var json = false

    func run() async throws {
        let dag = try parsed()
        let values = try resolvedParams(dag)
        let now = WallClock.now()
        guard let date = logicalDate.map({ Timestamp(rfc3339: $0) }) ?? now else {
            throw ServerFailure.settings("'\(logicalDate ?? "")' is no instant. Write 2026-08-21T04:30:00Z.")
        }
        let interval =
            dag.schedule?.timetable.dataInterval(ofManualRunAt: date) ?? Timetable.Interval(start: date, end: date)
        let path = AbsolutePath.of(file)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "/"
        guard let scratch = ScratchFolder(name: "rota-test") else {
            throw ServerFailure.settings("No folder can be made in /tmp: \(SmallFile.reason).")
        }
        defer { scratch.remove() }
        let scripts = LocalRunner(
            name: "local",
            stateDirectory: scratch.path,
            keeperExecutable: try RunnerFactory.keeper(),
            keeperIdleLimit: .seconds(1)
        )
        let requests = RequestRunner(hostName: HostName.current()) { WallClock.now() }
        let adapter = MixedRunner(scripts: scripts, requests: requests)
        let screen = TestScreen(isQuiet: json)
        let run = try ForegroundRun(
            dag: dag,
            params: values,
            logicalDate: date,
            interval: interval,
            adapter: adapter,
            folder: folder,
            newID: Self.newID,
            secret: { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
        ) { screen.show($0) }
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let interruption = Task {
            for await _ in signals {
                Terminal.messages.line("rota: ending what runs")
                await run.cancel()
            }
        }
        defer { interruption.cancel() }
        let result = try await run.run()
        let ended = WallClock.now()
        if json {
            let document = TestReport(
                dag: dag,
                result: result,
                logicalDate: date,
                interval: interval,
                started: now,
                ended: ended
            )
            Terminal.output.line(document.json.description)
        } else {
            Terminal.messages.line("\(dag.id) \(result.state.rawValue) after \(DurationText.format(ended - now))")
        }
        guard result.state == .success else { throw SilentExit(status: .failed) }
    }

    private func parsed() throws -> DAG {
        guard let bytes = SmallFile.read(file, limit: 1 << 21) else {
            throw ServerFailure.settings("The file \(file) cannot be read: \(SmallFile.reason).")
        }
        let name = String(file.split(separator: "/").last ?? "")
        let id: String
        do throws(DAGIDError) {
            id = try DAGFile.id(forPath: name)
        } catch {
            throw ServerFailure.settings("\(file): \(error)")
        }
        let zones = ZoneDatabase()
        let calendars = CalendarFolder.calendars(forFile: file)
        let result = DAGFile.parse(source: bytes, path: file, id: id, calendars: calendars) {
            try zones.rules(for: $0)
        }
        guard let dag = result.dag else {
            for problem in result.problems {
                Terminal.messages.line(
                    problem.render(source: result.source, hasColour: Terminal.messages.hasColours)
                )
            }
            throw SilentExit(status: .failed)
        }
        return dag
    }

    private func resolvedParams(_ dag: DAG) throws -> [String: String] {
        var given: [String: String] = [:]
        for param in params {
            guard let equals = param.firstIndex(of: "=") else {
                throw ServerFailure.settings("'\(param)' is no param. Write -p name=value.")
            }
            given[String(param[..<equals])] = String(param[param.index(after: equals)...])
        }
        switch dag.resolveParams(given) {
        case .success(let values): return values
        case .failure(let errors): throw ServerFailure.settings("\(errors)")
        }
    }

    private static func newID() -> AttemptID {
        var generator = SystemRandomNumberGenerator()
        return AttemptID(
            milliseconds: WallClock.now().microseconds / 1_000,
            random: (generator.next(), generator.next())
        )
    }
}

/// Shows a run in the foreground, line by line.
final class TestScreen: Sendable {
    private let isQuiet: Bool
    private let partial = Mutex<[String: [UInt8]]>([:])

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    func show(_ event: ForegroundRun.Event) {
        let terminal = isQuiet ? Terminal.messages : Terminal.output
        switch event {
        case .started(let task, let attempt):
            Terminal.messages.line("\(task): started\(attempt > 1 ? ", attempt \(attempt)" : "")")
        case .log(let task, let bytes):
            for line in lines(of: task, bytes) { terminal.line("\(task) | \(line)") }
        case .retrying(let task, let pause):
            flush(task, to: terminal)
            Terminal.messages.line("\(task): failed, tried again in \(DurationText.format(pause))")
        case .ended(let task, let state, let reason):
            flush(task, to: terminal)
            Terminal.messages.line("\(task): \(state.rawValue)\(reason.map { " (\($0))" } ?? "")")
        case .trouble(let sentence): Terminal.messages.line("rota: \(sentence)")
        }
    }

    private func lines(of task: String, _ bytes: [UInt8]) -> [String] {
        partial.withLock { partial in
            var lines = ((partial[task] ?? []) + bytes).split(
                separator: UInt8(ascii: "\n"),
                omittingEmptySubsequences: false
            )
            partial[task] = lines.popLast().map(Array.init)
            return lines.map { VisibleText.oneLine(String(decoding: $0, as: UTF8.self)) }
        }
    }

    private func flush(_ task: String, to terminal: Terminal) {
        guard let rest = partial.withLock({ $0.removeValue(forKey: task) }), !rest.isEmpty else { return }
        terminal.line("\(task) | \(VisibleText.oneLine(String(decoding: rest, as: UTF8.self)))")
    }
}
