/// A host and a port to listen on, as people write them.
struct ListenAddress: Sendable, Hashable {
    var host: String
    var port: Int

    /// Reads `HOST:PORT`; an IPv6 address stands in brackets.
    init(_ text: String) throws(ServerFailure) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { throw .badAddress(text) }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host
        self.port = port
    }
}
