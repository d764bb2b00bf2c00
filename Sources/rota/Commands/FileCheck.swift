import AttemptProtocol
import Core
import DAGFile
import Glibc
import Host
import Settings
import YAML
import Zones

/// Checks files as the server would read them, and keeps what it found.
struct FileCheck {
    /// What one file is and what is wrong with it.
    struct Finding {
        var path: String
        /// The DAG's id; nil for other files.
        var dag: String?
        var problems: [Problem]
        var source: SourceText?

        var hasErrors: Bool { problems.contains { $0.severity == .error } }
    }

    private(set) var findings: [Finding] = []
    private let zones = ZoneDatabase()
    private let now = WallClock.now()

    /// Checks a file, or every DAG file of a folder.
    mutating func look(at path: String) throws(FileCheckError) {
        guard let facts = FileFacts(path: path) else {
            throw .missing(path: path, reason: SmallFile.reason)
        }
        if facts.isFolder {
            try lookAtFolder(path)
        } else {
            try lookAtFile(path)
        }
    }

    var hasErrors: Bool { findings.contains { $0.hasErrors } }

    private mutating func lookAtFile(_ path: String) throws(FileCheckError) {
        guard let bytes = SmallFile.read(path, limit: DocumentLimits().bytes + 1) else {
            throw .unreadable(path: path, reason: SmallFile.reason)
        }
        let name = String(path.split(separator: "/").last ?? "")
        guard name != "rota.yaml" else {
            let result = Settings.parse(source: bytes, path: path)
            findings.append(Finding(path: path, problems: result.problems, source: result.source))
            return
        }
        do throws(DAGIDError) {
            let id = try DAGFile.id(forPath: name)
            let calendars = CalendarFolder.calendars(forFile: path)
            if Self.isCalendar(path) {
                addCalendars(of: calendars, [(id, path)]) { _ in bytes }
            } else {
                add(bytes, path: path, id: id, calendars)
            }
        } catch {
            findings.append(Finding(path: path, problems: [Problem(path: path, at: .start, error.description)]))
        }
    }

    private mutating func lookAtFolder(_ path: String) throws(FileCheckError) {
        let folder = DAGFolder(path: path)
        let base = path.hasSuffix("/") ? path : path + "/"
        do throws(FolderError) {
            let scan = try folder.scan()
            for problem in scan.problems {
                var problem = problem
                problem.path = base + problem.path
                findings.append(Finding(path: problem.path, problems: [problem]))
            }
            let calendars = CalendarFolder.calendars(in: folder)
            addCalendars(of: calendars, scan.calendars.map { ($0.id, base + $0.path) }) {
                SmallFile.read($0, limit: 1 << 21)
            }
            for file in scan.files { lookAtFile(file, in: folder, base, calendars) }
        } catch {
            throw .folder(error)
        }
    }

    private mutating func lookAtFile(
        _ file: DAGFolder.File,
        in folder: DAGFolder,
        _ base: String,
        _ calendars: CalendarSet
    ) {
        do throws(FolderError) {
            add(try folder.read(file).bytes, path: base + file.path, id: file.id, calendars)
        } catch {
            let problem = Problem(path: base + file.path, at: .start, error.description)
            findings.append(Finding(path: base + file.path, problems: [problem]))
        }
    }

    /// Whether a file lies in a folder of calendars.
    private static func isCalendar(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.count > 1 && parts[parts.count - 2] == CalendarFile.folder
    }

    /// Takes up calendars, each with what is wrong with it and with what it includes.
    private mutating func addCalendars(
        of set: CalendarSet,
        _ files: [(name: String, path: String)],
        read: (String) -> [UInt8]?
    ) {
        let problems = Dictionary(grouping: set.problems, by: \.path)
        for file in files {
            var own = problems[CalendarFile.path(of: file.name)] ?? []
            for index in own.indices { own[index].path = file.path }
            let source = read(file.path).map { CalendarFile(parsing: $0, path: file.path).source }
            findings.append(Finding(path: file.path, problems: own, source: source))
        }
    }

    private mutating func add(_ bytes: [UInt8], path: String, id: String, _ calendars: CalendarSet) {
        let zones = zones
        let result = DAGFile.parse(source: bytes, path: path, id: id, now: now, calendars: calendars) {
            try zones.rules(for: $0)
        }
        findings.append(
            Finding(path: path, dag: result.isDAG ? id : nil, problems: result.problems, source: result.source)
        )
    }
}

extension FileCheck {
    /// Everything, for programs.
    var json: JSONValue {
        let files = findings.map { finding in
            JSONValue.object([
                "file": .string(finding.path),
                "dag": finding.dag.map { .string($0) } ?? .null,
                "valid": .boolean(!finding.hasErrors),
                "problems": .array(finding.problems.map(\.json)),
            ])
        }
        return .object(["valid": .boolean(!hasErrors), "files": .array(files)])
    }

    /// Writes each problem with its line, and how many there are.
    func print(to terminal: Terminal = .output) {
        for finding in findings {
            for problem in finding.problems {
                if let source = finding.source {
                    terminal.write(problem.render(source: source, hasColour: terminal.hasColours))
                } else {
                    terminal.line(problem.description)
                }
            }
        }
        let errors = count(.error)
        let warnings = count(.warning)
        var sentence = "\(Words.count(findings.count, "file")): "
        sentence += errors == 0 ? "no errors" : Words.count(errors, "error")
        if warnings > 0 { sentence += ", \(Words.count(warnings, "warning"))" }
        Terminal.messages.line(sentence)
    }

    private func count(_ severity: Problem.Severity) -> Int {
        findings.reduce(0) { $0 + $1.problems.count { $0.severity == severity } }
    }
}

/// Why files cannot be checked.
enum FileCheckError: CommandFailure, Hashable {
    case missing(path: String, reason: String)
    case unreadable(path: String, reason: String)
    case folder(FolderError)
    case badName(DAGIDError)

    var status: ExitStatus {
        switch self {
        case .missing: .notFound
        case .unreadable, .folder, .badName: .misuse
        }
    }

    var description: String {
        switch self {
        case .missing(let path, let reason):
            "'\(path.shortened)' cannot be checked: \(reason). Name a DAG file, or a folder of them."
        case .unreadable(let path, let reason):
            "'\(path.shortened)' cannot be read: \(reason)."
        case .folder(let error): error.description
        case .badName(let error): error.description + "."
        }
    }
}
