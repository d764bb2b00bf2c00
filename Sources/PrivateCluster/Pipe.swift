import Glibc

/// A one-way connection to or from a program, closed on exec so that only the intended end reaches it.
///
/// Made of sockets, which are born so; a pipe would have to be marked after a moment in which another spawn may
/// inherit it.
struct Pipe {
    let reading: Int32
    let writing: Int32

    init(for program: String) throws(PrivateClusterError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .programFailure(program: program, code: errno)
        }
        (reading, writing) = (ends[0], ends[1])
    }

    /// Writes a text that fits into the pipe; the pipe is empty and both ends are open, so it does so at once.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe Glibc.write(writing, bytes.baseAddress, bytes.count) }
    }

    /// Reads until the last writer is gone and returns the beginning, as text.
    func readToEnd(keeping limit: Int) -> String {
        var kept: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = unsafe read(reading, &buffer, buffer.count)
            if count > 0 {
                kept.append(contentsOf: buffer.prefix(min(count, limit - kept.count)))
            } else if count == 0 || errno != EINTR {
                return String(decoding: kept, as: UTF8.self)
            }
        }
    }

    func closeReading() { close(reading) }

    func closeWriting() { close(writing) }
}
