import Glibc

/// Small files.
enum TextFile {
    /// The content; nil where it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            content += buffer[..<count]
        }
        return String(decoding: content, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws(BenchFailure) {
        try write(Array(text.utf8), to: path)
    }

    static func write(_ bytes: [UInt8], to path: String) throws(BenchFailure) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system(doing: "write \(path)", code: errno) }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw .system(doing: "write \(path)", code: errno)
        }
    }

    /// Puts a file into its place in one step, as editors and deploy scripts should.
    static func replace(_ path: String, with text: String) throws(BenchFailure) {
        let temporary = path + ".new"
        try write(text, to: temporary)
        guard unsafe rename(temporary, path) == 0 else { throw .system(doing: "rename \(temporary)", code: errno) }
    }

    static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(BenchFailure) {
        guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else {
            throw .system(doing: "make the folder \(path)", code: errno)
        }
    }
}

/// A temporary folder, which goes with all that is in it.
struct ScratchFolder: Sendable {
    let path: String

    init(in directory: String) throws(BenchFailure) {
        guard let template = unsafe strdup("\(directory)/rota-bench-XXXXXX") else {
            throw .system(doing: "make a folder in \(directory)", code: ENOMEM)
        }
        defer { unsafe free(template) }
        guard unsafe mkdtemp(template) != nil else {
            throw .system(doing: "make a folder in \(directory)", code: errno)
        }
        path = unsafe String(cString: template)
        // As root the database runs as another user, who must find its way through.
        guard unsafe chmod(path, 0o711) == 0 else { throw .system(doing: "set the mode of \(path)", code: errno) }
    }

    func remove() {
        // A folder that stays behind is a nuisance, not a wrong figure.
        _ = try? Program("/bin/rm", ["-rf", path]).run()
    }
}
