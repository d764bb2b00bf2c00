import Glibc
import Settings
import Testing

struct ReferenceTests {
    @Test func `the committed reference is what the parser's table says`() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let path = root + "/docs/rota-yaml.md"
        let expected = Array(Settings.reference().utf8)
        let isWritten = unsafe getenv("ROTA_WRITE_REFERENCE") != nil
        let file = unsafe open(path, isWritten ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0o644)
        try #require(file >= 0)
        defer { close(file) }
        if isWritten { try #require(unsafe write(file, expected, expected.count) == expected.count) }
        var committed = [UInt8](repeating: 0, count: expected.count + 1)
        let count = unsafe pread(file, &committed, expected.count + 1, 0)
        let message: Comment = "run this test with ROTA_WRITE_REFERENCE=1 and commit the file"
        #expect(Array(committed.prefix(max(0, count))) == expected, message)
    }
}
