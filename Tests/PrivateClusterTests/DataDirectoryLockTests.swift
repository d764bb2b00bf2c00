import Glibc
import Testing

@testable import PrivateCluster

struct DataDirectoryLockTests {
    /// Descriptors of this process that lead to a file, as a child has them between its fork and its exec.
    private static func descriptors(of path: String) -> [Int32] {
        (0..<4_096).filter { number in
            var bytes = [CChar](repeating: 0, count: 1_024)
            let count = unsafe readlink("/proc/self/fd/\(number)", &bytes, bytes.count - 1)
            return count > 0
                && String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) == path
        }
    }

    @Test func `a lock that is given back is free, whoever still has its descriptor`() async throws {
        try await ClusterFolder.with { folder in
            try Folder.make(folder.data, mode: 0o711)
            var copies: [Int32] = []
            do {
                let lock = try DataDirectoryLock(dataDirectory: folder.data)
                copies = Self.descriptors(of: "\(folder.data)/standalone.lock").map { dup($0) }
                _ = consume lock
            }
            #expect(copies.count == 1)
            #expect(throws: Never.self) { _ = try DataDirectoryLock(dataDirectory: folder.data) }
            for copy in copies { close(copy) }
        }
    }
}
