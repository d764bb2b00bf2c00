package import Core
import Glibc
import Postgres
import Synchronization

/// A headless Chromium, spoken to by its DevTools protocol.
package final class Browser: Sendable {
    private struct State {
        var lastID = 0
        var waiting: [Int: CheckedContinuation<JSONValue, any Error>] = [:]
        /// What pages have said, by their sessions.
        var records: [String: PageRecord] = [:]
        var hasEnded = false
    }

    private static let starting = Task.detached(name: "browser") { try Browser() }
    private static let running = Mutex<BrowserProcess?>(nil)

    private let process: BrowserProcess
    private let state = Mutex(State())
    private let writing = Mutex(())

    /// The browser of this process; the first call starts it, and it ends with the process.
    package static func shared() async throws -> Browser { try await starting.value }

    private init() throws {
        let process = try BrowserProcess()
        self.process = process
        Self.running.withLock { $0 = process }
        atexit { Browser.running.withLock { $0?.end() } }
        OwnThread.start(name: "browser") { [self] in read() }
    }

    // MARK: - Commands

    /// Sends a command and returns its result.
    @discardableResult package func send(
        _ method: String,
        _ parameters: JSONValue = [:],
        session: String? = nil
    ) async throws -> JSONValue {
        let answer = try await withCheckedThrowingContinuation { continuation in
            let id: Int? = state.withLock { state in
                guard !state.hasEnded else { return nil }
                state.lastID += 1
                state.waiting[state.lastID] = continuation
                return state.lastID
            }
            guard let id else { return continuation.resume(throwing: BrowserError.ended(log: process.log)) }
            var members: [JSONValue.Member] = [
                .init(name: "id", value: JSONValue(id)), .init(name: "method", value: .string(method)),
                .init(name: "params", value: parameters),
            ]
            if let session { members.append(.init(name: "sessionId", value: .string(session))) }
            write(JSONValue.object(members).description)
        }
        if let error = answer["error"] {
            throw BrowserError.refused(method: method, words: error["message"]?.text ?? "\(error)")
        }
        return answer["result"] ?? .null
    }

    /// What a page has said so far.
    func record(of session: String) -> PageRecord { state.withLock { $0.records[session] ?? PageRecord() } }

    /// Forgets what a page has said so far.
    func forget(_ session: String) { state.withLock { $0.records[session] = PageRecord() } }

    /// No more is kept of a page.
    func close(_ session: String) { state.withLock { $0.records[session] = nil } }

    // MARK: - The pipes

    private func write(_ text: String) {
        let bytes = Array(text.utf8) + [0]
        writing.withLock { _ in
            var done = 0
            while done < bytes.count {
                let count = unsafe bytes.withUnsafeBytes { buffer in
                    unsafe Glibc.write(process.input, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done)
                }
                // The reading end sees the same end and tells everybody who waits.
                guard count > 0 else { return }
                done += count
            }
        }
    }

    private func read() {
        var rest: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe Glibc.read(process.output, &chunk, chunk.count)
            guard count > 0 else { break }
            var start = 0
            while let end = chunk[start..<count].firstIndex(of: 0) {
                rest += chunk[start..<end]
                if let message = JSONValue(parsing: String(decoding: rest, as: UTF8.self)) { take(message) }
                rest.removeAll(keepingCapacity: true)
                start = end + 1
            }
            rest += chunk[start..<count]
        }
        let waiting = state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(throwing: BrowserError.ended(log: process.log)) }
    }

    private func take(_ message: JSONValue) {
        if let id = message["id"]?.int {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: message)
            return
        }
        guard let session = message["sessionId"]?.text, let method = message["method"]?.text else { return }
        state.withLock { $0.records[session, default: PageRecord()].take(method, message["params"] ?? .null) }
    }
}
