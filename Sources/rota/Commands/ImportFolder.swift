import AttemptProtocol
import Crontab
import DAGFile
import Glibc
import Host
import YAML
import Zones

/// The folder into which DAG files are imported.
struct ImportFolder {
    let path: String
    /// Whether files that are there may be replaced.
    let overwrites: Bool
    /// Whether nothing is written.
    let isDry: Bool
    private let now = WallClock.now()
    private var wasMade = false

    init(path: String, overwrites: Bool, isDry: Bool) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.overwrites = overwrites
        self.isDry = isDry
    }

    /// The name of the user who owns the folder, or who would make it.
    var owner: String? {
        let number = FileFacts(path: path)?.owner ?? geteuid()
        guard let entry = unsafe getpwuid(number) else { return nil }
        return unsafe String(cString: entry.pointee.pw_name)
    }

    /// Checks a file as the server would, and writes it unless another one is there.
    mutating func take(_ dag: CrontabDAG, _ zones: ZoneDatabase) throws -> ImportedDAG {
        let file = "\(path)/\(dag.name).yaml"
        var imported = ImportedDAG(dag: dag, file: file, outcome: .written)
        let bytes = Array(dag.text.utf8)
        let parsed = DAGFile.parse(source: bytes, path: file, id: dag.name, now: now) { try zones.rules(for: $0) }
        if let problem = parsed.problems.first(where: { $0.severity == .error }) {
            // The parser's advice is for those who meant a template; cron has none.
            let isTemplate = dag.job.text.contains("{{")
            let hint = isTemplate ? "put the command into a file, and let the job run that" : problem.hint
            imported.outcome = .invalid(problem.message, hint: hint)
            return imported
        }
        guard parsed.dag != nil else {
            imported.outcome = .invalid("what was made of it is not a DAG", hint: nil)
            return imported
        }
        let other = "\(path)/\(dag.name).yml"
        if FileFacts(ofLinkAt: other) != nil {
            imported.outcome = .taken(by: other)
            return imported
        }
        if FileFacts(ofLinkAt: file) != nil {
            if SmallFile.read(file, limit: bytes.count + 1) == bytes {
                imported.outcome = .unchanged
                return imported
            }
            guard overwrites else {
                imported.outcome = .taken(by: file)
                return imported
            }
            imported.outcome = .replaced
        }
        if !isDry { try write(bytes, to: file, named: dag.name) }
        return imported
    }

    /// Writes beside the place and moves there, so that a server never sees half a file.
    private mutating func write(_ bytes: [UInt8], to file: String, named name: String) throws(ImportFailure) {
        if !wasMade { try makeFolder() }
        wasMade = true
        let draft = "\(path)/.\(name).\(getpid()).draft"
        unsafe unlink(draft)
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .notWritten(path: draft, reason: SmallFile.reason) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        let isWhole = rest.isEmpty && fsync(descriptor) == 0
        let reason = SmallFile.reason
        let isClosed = close(descriptor) == 0
        guard isWhole, isClosed, unsafe rename(draft, file) == 0 else {
            let failure = isWhole ? SmallFile.reason : reason
            unsafe unlink(draft)
            throw .notWritten(path: file, reason: failure)
        }
    }

    private func makeFolder() throws(ImportFailure) {
        let slashes = path.indices.filter { path[$0] == "/" && $0 > path.startIndex }
        for end in slashes + [path.endIndex] {
            let folder = String(path[..<end])
            if unsafe mkdir(folder, 0o755) != 0, errno != EEXIST {
                throw .notWritten(path: folder, reason: SmallFile.reason)
            }
        }
        guard FileFacts(path: path)?.isFolder == true else { throw .notWritten(path: path, reason: "it is no folder") }
    }
}

/// A DAG that was made of a job, and what became of its file.
struct ImportedDAG {
    enum Outcome: Hashable {
        /// The file is new.
        case written
        /// Another file was there and has been overwritten.
        case replaced
        /// The same file was there.
        case unchanged
        /// Another file is there and stays.
        case taken(by: String)
        /// The server would not accept the file.
        case invalid(String, hint: String?)
    }

    var dag: CrontabDAG
    var file: String
    var outcome: Outcome

    /// The word that JSON answers carry.
    var state: String {
        switch outcome {
        case .written: "written"
        case .replaced: "replaced"
        case .unchanged: "unchanged"
        case .taken: "exists"
        case .invalid: "invalid"
        }
    }

    /// Whether the job is in the folder, or would be.
    var isThere: Bool {
        switch outcome {
        case .written, .replaced, .unchanged: true
        case .taken, .invalid: false
        }
    }
}
