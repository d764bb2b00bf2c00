import AsyncHTTPClient
import Core
import Glibc
import NIOCore
import NIOHTTP1
import Runner
import Store

/// Posts messages to a URL.
struct WebhookSender: MessageSender {
    let url: String
    let tokenFile: String?
    /// The program's version.
    let version: String

    /// How long an answer may take.
    private static let limit = TimeAmount.seconds(20)
    /// The client of the whole process: what refuses a connection is not asked again within one try.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
    /// A token has no more bytes than this.
    private static let mostTokenBytes = 64 << 10

    func send(_ message: Message, to target: String) async -> String? {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "rota/\(version)")
        // The same for each try, so that whoever gets it twice can tell.
        request.headers.add(name: "Rota-Delivery", value: "\(message.incident.code)/\(target)")
        if let tokenFile {
            guard let token = Self.token(in: tokenFile) else {
                return "the token in \(tokenFile) cannot be read; Rota's user must be able to"
            }
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
        }
        request.body = .bytes(ByteBuffer(string: message.json.description))
        do {
            let response = try await Self.client.execute(request, timeout: Self.limit)
            let status = Int(response.status.code)
            if (200..<300).contains(status) { return nil }
            return "the answer was \(status) \(response.status.reasonPhrase)"
        } catch {
            return RequestFailure.sentence(for: error)
        }
    }

    /// The file's text without white space at its ends, read anew each time so that it can be replaced.
    private static func token(in path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: mostTokenBytes)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        let isSpace: (UInt8) -> Bool = { $0 == 32 || (9...13).contains($0) }
        let text = bytes.prefix(count).drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return text.isEmpty || text.contains(where: isSpace) ? nil : String(decoding: Array(text), as: UTF8.self)
    }
}
