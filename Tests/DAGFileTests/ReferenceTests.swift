import DAGFile
import Glibc
import Testing

struct ReferenceTests {
    /// The repository, by the place of this file.
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
        separator: "/"
    )

    @Test func `the committed reference is what the parser's table says`() throws {
        let path = ReferenceTests.root + "/docs/dag-format.md"
        if unsafe getenv("ROTA_WRITE_REFERENCE") != nil { try writeFile(path, DAGFile.reference()) }
        #expect(
            try readFile(path) == DAGFile.reference(),
            "run this test with ROTA_WRITE_REFERENCE=1 and commit the file"
        )
    }
}

struct FileFailure: Error {
    var path: String
    var code: Int32
}

/// Reads a whole file.
func readFile(_ path: String) throws -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(path: path, code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe read(descriptor, &buffer, 65_536)
        guard count >= 0 else { throw FileFailure(path: path, code: errno) }
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += buffer[..<count]
    }
}

/// Writes a whole file.
func writeFile(_ path: String, _ text: String) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileFailure(path: path, code: errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard unsafe write(descriptor, bytes, bytes.count) == bytes.count else {
        throw FileFailure(path: path, code: errno)
    }
}
