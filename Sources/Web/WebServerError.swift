/// Why the server cannot listen.
package enum WebServerError: Error, Hashable, Sendable {
    /// Another program has the port.
    case portTaken(host: String, port: Int)
    /// The address is not one of this host's, or the port needs rights that we have not.
    case cannotListen(host: String, port: Int, reason: String)
    /// The unix socket cannot be made.
    case cannotMakeSocket(path: String, reason: String)
}

extension WebServerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .portTaken(let host, let port):
            "Port \(port) on \(host) is taken by another program. Stop it, or choose another port with --port."
        case .cannotListen(let host, let port, let reason):
            "Cannot listen on \(host), port \(port): \(reason). Check the address, or choose a port above 1023."
        case .cannotMakeSocket(let path, let reason):
            "Cannot make the socket \(path): \(reason). Check that the folder exists and can be written."
        }
    }
}
