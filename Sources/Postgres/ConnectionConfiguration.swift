import CLibPQ

/// Where the database is, and the limits that every session on it is given.
///
/// What the address itself says (`connect_timeout`, `options`, keepalives, ...) wins over these defaults.
package struct ConnectionConfiguration: Sendable {
    /// A URI or `keyword=value` pairs, as libpq reads them; several hosts and `target_session_attrs` included.
    package let address: String
    /// The name that `pg_stat_activity` shows.
    ///
    /// Defaults to "rota".
    package var applicationName = "rota"
    /// How long one host may take to let us in.
    ///
    /// Defaults to 10 seconds; libpq counts whole seconds, at least 2.
    package var connectTimeout: Duration = .seconds(10)
    /// After how long the server cancels a statement; nil for never.
    ///
    /// Defaults to 60 seconds.
    package var statementTimeout: Duration? = .seconds(60)
    /// How long a statement waits for a lock; nil for ever.
    ///
    /// Defaults to 10 seconds.
    package var lockTimeout: Duration? = .seconds(10)
    /// After how long the server ends a session that idles in a transaction; nil for never.
    ///
    /// Defaults to 5 seconds: transactions here are milliseconds long, and what a frozen process has locked all others
    /// wait for.
    package var idleInTransactionTimeout: Duration? = .seconds(5)
    /// How long sent bytes may stay unacknowledged by a remote host.
    ///
    /// Defaults to 20 seconds.
    package var tcpUserTimeout: Duration = .seconds(20)
    /// After how long a silent TCP connection is probed, and the pause between 3 probes.
    ///
    /// Defaults to 10 seconds.
    package var keepaliveInterval: Duration = .seconds(10)

    /// What libpq will use, by keyword; without passwords.
    private let known: [String: String]

    /// Reads an address; nothing is looked up or connected to yet.
    package init(_ address: String) throws(DatabaseError) {
        guard !address.utf8.contains(0) else { throw .invalidAddress(reason: "it holds a zero byte") }
        self.address = address
        self.known = try Self.parse(address)
    }

    /// The hosts, ports or sockets, the user and the database, in words; never a password.
    package var place: String {
        let hosts = (known["host"] ?? known["hostaddr"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let ports = (known["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let places = (hosts.isEmpty ? [""] : hosts).enumerated().map { index, host in
            let port = ports.count == 1 ? ports.first : (index < ports.count ? ports[index] : nil)
            let number = port.flatMap { $0.isEmpty ? nil : $0 } ?? "5432"
            if host.isEmpty { return "the default socket, port \(number)" }
            return host.hasPrefix("/") ? "socket \(host)/.s.PGSQL.\(number)" : "host \(host) port \(number)"
        }
        var words = places.joined(separator: " or ")
        if let database = known["dbname"] { words += ", database \(database)" }
        if let user = known["user"] { words += ", user \(user)" }
        return words
    }

    /// The keywords for libpq: first our defaults, then the address, then what must hold.
    var keywords: [(String, String)] {
        var keywords = [
            ("connect_timeout", String(max(2, connectTimeout.components.seconds))),
            ("keepalives_idle", String(max(1, keepaliveInterval.components.seconds))),
            ("keepalives_interval", String(max(1, keepaliveInterval.components.seconds))),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", String(Self.milliseconds(tcpUserTimeout))),
            ("application_name", applicationName),
            ("dbname", address),
            ("client_encoding", "UTF8"),
        ]
        // To compile a statement takes longer than any of ours runs.
        var settings = "-c TimeZone=UTC -c jit=off"
        let timeouts = [
            ("statement_timeout", statementTimeout), ("lock_timeout", lockTimeout),
            ("idle_in_transaction_session_timeout", idleInTransactionTimeout),
        ]
        for (name, timeout) in timeouts {
            guard let timeout else { continue }
            settings += " -c \(name)=\(Self.milliseconds(timeout))"
        }
        // The server lets the last of several settings win, so the address's own come after ours.
        if let options = known["options"] { settings += " " + options }
        keywords.append(("options", settings))
        return keywords
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        max(1, Int(duration / .milliseconds(1)))
    }

    private static func parse(_ address: String) throws(DatabaseError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(address, &message) else {
            let text = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
            unsafe PQfreemem(message)
            throw .invalidAddress(reason: withoutSecrets(text))
        }
        defer { unsafe PQconninfoFree(options) }

        var known: [String: String] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            let name = unsafe String(cString: keyword)
            // A password is marked for entry fields that hide it.
            let isSecret = unsafe option.pointee.dispchar.map { unsafe $0.pointee == UInt8(ascii: "*") } ?? false
            if !isSecret, let value = unsafe option.pointee.val { known[name] = unsafe String(cString: value) }
            unsafe option += 1
        }
        return known
    }

    /// Keeps the words of libpq's complaint and drops what it quotes, which may be a password.
    private static func withoutSecrets(_ message: String) -> String {
        let line = message.prefix { $0 != "\n" }
        let quotesKeyword = ["invalid URI query parameter: ", "invalid connection option "]
            .contains { line.hasPrefix($0) }
        guard !quotesKeyword, let quote = line.firstIndex(of: "\"") else { return String(line) }
        var words = String(line[..<quote])
        while let last = words.last, last == " " || last == ":" { words.removeLast() }
        return words + " (text not shown)"
    }
}

extension ConnectionConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { place }
    package var debugDescription: String { place }
    /// Shows no stored property, so that no dump of a larger value prints a password.
    package var customMirror: Mirror { Mirror(self, children: ["place": place]) }
}
