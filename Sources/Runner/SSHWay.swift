/// How OpenSSH's client gets to a host.
///
/// `~/.ssh/config` is never read; `configFile` names one that is, below the options given here. All paths are absolute.
package struct SSHWay: Hashable, Sendable {
    /// A name or an address.
    package var host: String
    /// The port of its server.
    package var port: Int
    /// Who signs in.
    package var user: String
    /// Their private key.
    package var identityFile: String
    /// The file with the host's key.
    package var knownHostsFile: String
    /// A configuration of the client; nil: none is read.
    package var configFile: String?
    /// Where shared connections have their sockets: ours alone, with a short path.
    package var controlDirectory: String
    /// How long each phase of a connection may take.
    package var timeouts: SSHTimeouts

    /// Joins the parts.
    package init(
        host: String,
        port: Int = 22,
        user: String,
        identityFile: String,
        knownHostsFile: String,
        configFile: String? = nil,
        controlDirectory: String,
        timeouts: SSHTimeouts = SSHTimeouts()
    ) {
        (self.host, self.port, self.user) = (host, port, user)
        (self.identityFile, self.knownHostsFile, self.configFile) = (identityFile, knownHostsFile, configFile)
        (self.controlDirectory, self.timeouts) = (controlDirectory, timeouts)
    }
}
