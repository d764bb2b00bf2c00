import Core
import Glibc
import YAML

/// One walk through a DAG folder.
struct FolderScanner: ~Copyable {
    private let folder: DAGFolder
    private let root: Int32
    /// The folder's own path without links, with `/` at its end, to judge where links lead.
    private let realPath: String
    private var rules = IgnoreRules()
    private var scan = DAGFolder.Scan(files: [], problems: [], folders: [])
    private var entries = 0

    init(folder: DAGFolder) throws(FolderError) {
        self.folder = folder
        let descriptor = unsafe open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: folder.path, code: errno) }
        root = descriptor
        realPath = (FolderScanner.resolve(folder.path) ?? folder.path) + "/"
    }

    deinit {
        close(root)
    }

    mutating func run() throws(FolderError) -> DAGFolder.Scan {
        rules = IgnoreRules(try ignoreFile())
        var pending = [""]
        while let next = pending.popLast() {
            scan.folders.append(next)
            pending += try look(into: next)
        }
        scan.folders.sort()
        scan.files.sort { $0.path < $1.path }
        scan.calendars.sort { $0.path < $1.path }
        reportDoubles()
        scan.problems.sort()
        return scan
    }

    private func ignoreFile() throws(FolderError) -> String {
        let file = DAGFolder.File(path: ".rotaignore", id: "", status: stat())
        do throws(FolderError) {
            return String(decoding: try folder.read(file).bytes, as: UTF8.self)
        } catch {
            if case .unreadableFile(_, ENOENT) = error { return "" }
            throw error
        }
    }

    /// Looks at the entries of one folder and returns the folders in it.
    private mutating func look(into relative: String) throws(FolderError) -> [String] {
        let shown = relative.isEmpty ? folder.path : folder.path + "/" + relative
        let descriptor = unsafe openat(
            root,
            relative.isEmpty ? "." : relative,
            O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        )
        guard descriptor >= 0 else {
            // It went while we were on the way; the folder itself is still open.
            if errno == ENOENT || errno == ENOTDIR, !relative.isEmpty { return [] }
            throw .unreadable(path: shown, code: errno)
        }
        guard let stream = unsafe fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            throw .unreadable(path: shown, code: code)
        }
        defer { unsafe closedir(stream) }
        var folders: [String] = []
        errno = 0
        while let entry = unsafe readdir(stream) {
            entries += 1
            guard entries <= folder.mostEntries else {
                throw .tooManyEntries(path: folder.path, limit: folder.mostEntries)
            }
            let name = unsafe FolderScanner.name(of: entry)
            let type = unsafe Int32(entry.pointee.d_type)
            // Hidden entries are those of editors and version control.
            if !name.hasPrefix(".") {
                let path = relative.isEmpty ? name : relative + "/" + name
                if let found = try visit(path, name: name, type: type, in: descriptor) { folders.append(found) }
            }
            errno = 0
        }
        guard errno == 0 else { throw .unreadable(path: shown, code: errno) }
        return folders
    }

    /// Takes up a file, or returns the path of a folder to look into.
    private mutating func visit(
        _ path: String,
        name: String,
        type: Int32,
        in descriptor: Int32
    ) throws(FolderError) -> String? {
        let isYAML = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        let isLink = type == Int32(DT_LNK)
        guard isYAML || type == Int32(DT_DIR) || type == Int32(DT_UNKNOWN) else { return nil }
        var status = stat()
        if type == Int32(DT_DIR) {
            status.st_mode = S_IFDIR
        } else {
            guard unsafe fstatat(descriptor, name, &status, 0) == 0 else {
                if isLink { refuse(path, "the link '\(path.shortened)' leads to nothing that can be read") }
                return nil
            }
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            // A linked folder could lead round in circles.
            let isSkipped = isLink || Self.isCalendar(path) || rules.ignores(path: path, isFolder: true)
            return isSkipped ? nil : path
        }
        guard isYAML, !rules.ignores(path: path, isFolder: false) else { return nil }
        guard status.st_mode & S_IFMT == S_IFREG, !isLink || staysInside(path) else {
            refuse(path, "\(FolderError.notARegularFile(path: path))")
            return nil
        }
        guard status.st_size <= folder.largestFile else {
            refuse(path, Document.tooLarge(status.st_size, limit: folder.largestFile))
            return nil
        }
        do throws(DAGIDError) {
            if Self.isCalendar(path) {
                scan.calendars.append(DAGFolder.File(path: path, id: try DAGFile.id(forPath: name), status: status))
            } else {
                scan.files.append(DAGFolder.File(path: path, id: try DAGFile.id(forPath: path), status: status))
            }
        } catch {
            refuse(path, "\(error)")
        }
        return nil
    }

    private func staysInside(_ path: String) -> Bool {
        FolderScanner.resolve(folder.path + "/" + path)?.hasPrefix(realPath) ?? false
    }

    private mutating func refuse(_ path: String, _ message: String) {
        scan.problems.append(Problem(path: path, at: .start, message))
    }

    /// Of two files with one id neither counts: to choose one would be to run what somebody did not mean.
    private mutating func reportDoubles() {
        var paths: [String: [String]] = [:]
        for file in scan.files { paths[file.id, default: []].append(file.path) }
        refuse(doubles: paths, what: "DAG id")
        scan.files.removeAll { paths[$0.id]?.count ?? 0 > 1 }
        var calendars: [String: [String]] = [:]
        for file in scan.calendars { calendars[file.id, default: []].append(file.path) }
        refuse(doubles: calendars, what: "calendar's name")
        scan.calendars.removeAll { calendars[$0.id]?.count ?? 0 > 1 }
    }

    private mutating func refuse(doubles paths: [String: [String]], what: String) {
        for (id, same) in paths where same.count > 1 {
            for path in same {
                let others = same.filter { $0 != path }.joined(separator: ", ")
                refuse(path, "the \(what) '\(id)' is also that of \(others). Rename one of them")
            }
        }
    }

    /// Whether what has this path is in the folder of calendars.
    private static func isCalendar(_ path: String) -> Bool { path.hasPrefix(CalendarFile.folder + "/") }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
    }
}
