/// How long each phase of a connection over SSH may take before it has an error of its own.
package struct SSHTimeouts: Hashable, Sendable {
    /// Name, TCP connection, greeting and key exchange.
    ///
    /// Defaults to 10 seconds.
    package var connect: Duration
    /// From the start of the client until the far shell has answered for the first time.
    ///
    /// Defaults to 30 seconds.
    package var shell: Duration
    /// One answer over an open connection.
    ///
    /// Defaults to 30 seconds.
    package var answer: Duration
    /// Silence of the far host, after which the shared connection is given up.
    ///
    /// Defaults to 15 seconds.
    package var silence: Duration

    /// Makes the set; each limit has a default.
    package init(
        connect: Duration = .seconds(10),
        shell: Duration = .seconds(30),
        answer: Duration = .seconds(30),
        silence: Duration = .seconds(15)
    ) {
        (self.connect, self.shell, self.answer, self.silence) = (connect, shell, answer, silence)
    }
}
