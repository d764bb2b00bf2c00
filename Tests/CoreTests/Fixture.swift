import Glibc

/// Files of `Tests/Fixtures`.
enum Fixture {
    /// A fixture is not what the test expects.
    struct Malformed: Error {
        var line: Int
    }

    /// A file cannot be read.
    struct Unreadable: Error {
        var path: String
    }

    /// The lines of a file that hold something.
    static func lines(_ name: String, file: String = #filePath) throws -> [String] {
        try text(name, file: file).split(separator: "\n").map(String.init)
    }

    /// The text of a file.
    static func text(_ name: String, file: String = #filePath) throws -> String {
        let folder = file.split(separator: "/").dropLast(2).joined(separator: "/")
        let path = "/\(folder)/Fixtures/\(name)"
        guard let stream = unsafe fopen(path, "r") else { throw Unreadable(path: path) }
        defer { unsafe fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, stream)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
