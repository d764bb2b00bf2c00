import Core
import Glibc
import Host

/// Where the server is and how to be let in.
struct ServerAddress: Hashable, Sendable {
    /// How the server is reached.
    enum Place: Hashable, Sendable {
        /// Over a unix socket, whose owner needs no token.
        case socket(path: String)
        /// Over HTTP; without a slash at the end.
        case url(String)
    }

    var place: Place
    var token: String?

    /// For sentences.
    var name: String {
        switch place {
        case .socket(let path): path
        case .url(let url): url
        }
    }

    /// What the address of every request begins with.
    var base: String {
        switch place {
        case .socket(let path): "http+unix://" + PercentEncoding.encode(path)
        case .url(let url): url
        }
    }
}

extension ServerAddress {
    /// What the command line says of the server.
    struct Wish: Hashable, Sendable {
        var data: String?
        var url: String?
        var tokenFile: String?
    }

    /// Finds the server: by what was asked for, then by the environment, then where `rota standalone` puts it.
    static func resolve(_ wish: Wish, environment: ProcessEnvironment) throws(ClientFailure) -> ServerAddress {
        guard wish.data == nil || wish.url == nil else { throw .twoAddresses }
        if let data = wish.data { return ServerAddress(place: .socket(path: socketPath(in: data))) }
        if let url = wish.url ?? environment["ROTA_URL"] {
            let place = try checked(url: url)
            return try ServerAddress(place: .url(place), token: token(wish, environment, for: place))
        }
        let data = environment["ROTA_DATA"] ?? environment.standardDataDirectory
        return ServerAddress(place: .socket(path: socketPath(in: data)))
    }

    /// The server's socket in its data directory, or at the place that a note there names where the path is too long.
    static func socketPath(in directory: String) -> String {
        let note = SmallFile.read(directory + "/socket-path").map { $0.trimmingWhitespace } ?? ""
        return note.isEmpty ? directory + "/rota.sock" : note
    }

    private static func checked(url text: String) throws(ClientFailure) -> String {
        var url = text.trimmingWhitespace
        while url.hasSuffix("/") { url.removeLast() }
        let scheme = url.hasPrefix("https://") ? "https://" : "http://"
        guard url.hasPrefix(scheme), let host = host(of: url), !host.isEmpty,
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .badURL(text) }
        return url
    }

    private static func token(
        _ wish: Wish,
        _ environment: ProcessEnvironment,
        for url: String
    ) throws(ClientFailure) -> String? {
        var token = environment["ROTA_TOKEN"]?.trimmingWhitespace
        if let path = wish.tokenFile {
            guard let text = SmallFile.read(path) else {
                throw .tokenFile(path: path, reason: SmallFile.reason)
            }
            token = text.trimmingWhitespace
            guard token?.isEmpty == false else { throw .tokenFile(path: path, reason: "it is empty") }
        }
        guard let token, !token.isEmpty else { return nil }
        let host = host(of: url) ?? ""
        guard url.hasPrefix("https://") || isLoopback(host) else { throw .tokenInTheClear(host: host) }
        return token
    }

    /// The host in an address, with the brackets of IPv6.
    static func host(of url: String) -> String? {
        guard let start = url.range(ofText: "://") else { return nil }
        let authority = url[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return nil }
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }

    private static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        return host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
    }
}

extension String {
    /// The text without white space at its ends.
    fileprivate var trimmingWhitespace: String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    /// The place after the first occurrence of a text.
    fileprivate func range(ofText wanted: String) -> String.Index? {
        var place = startIndex
        while place < endIndex {
            if self[place...].hasPrefix(wanted) { return index(place, offsetBy: wanted.count) }
            place = index(after: place)
        }
        return nil
    }
}
