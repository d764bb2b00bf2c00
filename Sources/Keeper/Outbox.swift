import AttemptProtocol
import Glibc

/// Bytes that wait until a descriptor that does not block takes them.
struct Outbox {
    private var bytes: [UInt8] = []
    private var sent = 0

    /// Whether something waits.
    var isWaiting: Bool { sent < bytes.count }

    /// How much waits.
    var count: Int { bytes.count - sent }

    /// Adds a frame.
    mutating func append(_ frame: Frame) {
        frame.append(to: &bytes)
    }

    /// Writes as much as is taken now.
    mutating func flush(to descriptor: Int32) throws(SystemFailure) {
        while isWaiting {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent...])
                return unsafe write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { break }
            guard count > 0 else { throw SystemFailure("write to", "the other side") }
            sent += count
        }
        if sent == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.count < 1 << 20)
            sent = 0
        } else if sent > 1 << 20 {
            bytes.removeFirst(sent)
            sent = 0
        }
    }
}
