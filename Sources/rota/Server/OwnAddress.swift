import Host
import Synchronization

/// Where this server's pages are, once it listens: for links in messages where no public URL is set.
final class OwnAddress: Sendable {
    private let host: String
    private let port: Mutex<Int>

    /// Begins with the port that was asked for.
    init(host: String, port: Int) {
        self.host = host
        self.port = Mutex(port)
    }

    /// Takes the port that was got.
    func set(port: Int) { self.port.withLock { $0 = port } }

    /// Such as `http://127.0.0.1:8080`.
    var url: String {
        let isAnywhere = host == "0.0.0.0" || host == "::"
        let name = isAnywhere ? HostName.current() : host.contains(":") ? "[\(host)]" : host
        return "http://\(name):\(port.withLock { $0 })"
    }
}
