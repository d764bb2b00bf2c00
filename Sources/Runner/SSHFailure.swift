/// How far a channel had come when it failed.
enum SSHPhase: Sendable {
    /// The client has been started; nothing has been heard from the far shell.
    case connecting
    /// The far shell has answered.
    case open
}

/// Turns what OpenSSH's client says into the error of the phase it failed in.
struct SSHFailure: Sendable {
    let runner: String
    let host: String
    let port: Int
    let user: String
    let knownHostsFile: String
    let identityFile: String

    init(_ destination: SSHDestination) {
        (runner, host, port) = (destination.runner, destination.host, destination.port)
        (user, knownHostsFile) = (destination.user, destination.knownHostsFile)
        identityFile = destination.identityFile
    }

    /// The error of a client that ended by itself.
    func ended(phase: SSHPhase, status: Int32, errors: String, noise: String) -> RunnerError {
        let said = Self.lastLine(errors)
        switch phase {
        case .open:
            return unreachable("the connection to \(host) broke\(said.isEmpty ? "" : ": \(said)")")
        case .connecting:
            if let known = known(errors) { return known }
            let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 255
            if code == 255 {
                return unreachable(
                    "\(host) port \(port): \(said.isEmpty ? "the connection broke without a word" : said)"
                )
            }
            let reason = said.isEmpty ? Self.lastLine(noise) : said
            return .unable(
                runner: runner,
                reason: "\(user) was let in to \(host), but no POSIX shell answered there"
                    + (reason.isEmpty ? " (exit code \(code))" : ": \(reason)")
            )
        }
    }

    /// The error of a client that had not reached the far shell in time.
    func slow(isSignedIn: Bool, limit: Duration, errors: String, noise: String) -> RunnerError {
        if let known = known(errors) { return known }
        guard isSignedIn else {
            return unreachable("\(host) port \(port) did not finish signing \(user) in within \(limit)")
        }
        let heard = Self.lastLine(noise)
        return .unable(
            runner: runner,
            reason: "\(user) was let in to \(host), but its shell did not answer within \(limit)"
                + (heard.isEmpty ? "" : "; it said '\(heard)'")
                + "; look for a forced command or an rc file that waits"
        )
    }

    /// The error of an open connection that gave no answer.
    func silent(limit: Duration) -> RunnerError {
        unreachable("\(host) gave no answer within \(limit), so what was under way has an unknown outcome")
    }

    private func known(_ errors: String) -> RunnerError? {
        if errors.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            return hostKey(
                "the host key of \(host) port \(port) has changed, which a reinstalled host or an attack would do. "
                    + "Compare it on the host itself, then replace its line in \(knownHostsFile)"
            )
        }
        if errors.contains("revoked") && errors.contains("host key") {
            return hostKey("the host key of \(host) port \(port) is marked as revoked in \(knownHostsFile)")
        }
        if errors.contains("host key is known for") || errors.contains("Host key verification failed") {
            return hostKey(
                "no host key of \(host) port \(port) is known. Take it from the host itself and add it to "
                    + knownHostsFile
            )
        }
        if errors.contains("Permission denied (") || errors.contains("Too many authentication failures") {
            let key = Self.line(of: errors, containing: identityFile)
            return .notAuthorised(
                runner: runner,
                reason: "\(user) was refused by \(host) port \(port) with the key \(identityFile)"
                    + (key.map { " (\($0))" } ?? "") + ". Add its public half to the user's authorized_keys"
            )
        }
        return network(errors)
    }

    private func network(_ errors: String) -> RunnerError? {
        let sentences: [(String, String)] = [
            ("Could not resolve hostname", "the name \(host) could not be resolved"),
            ("Connection refused", "nothing listens at \(host) port \(port) (connection refused)"),
            ("during banner exchange", "\(host) port \(port) took the connection but did not greet as an SSH server"),
            ("timed out", "\(host) port \(port) did not answer (connection timed out)"),
            ("No route to host", "there is no route to \(host)"),
            ("Network is unreachable", "the network of \(host) is unreachable"),
            (
                "kex_exchange_identification",
                "\(host) port \(port) closed the connection before greeting; it may be overloaded"
            ),
            ("no matching", "\(host) and this ssh share no cipher or key type"),
        ]
        for (sign, sentence) in sentences where errors.contains(sign) {
            return unreachable(sentence)
        }
        if errors.contains("Bad configuration option") || errors.contains("Bad owner or permissions") {
            return .unable(runner: runner, reason: "ssh refuses its configuration: \(Self.lastLine(errors))")
        }
        return nil
    }

    private func unreachable(_ reason: String) -> RunnerError { .unreachable(runner: runner, reason: reason) }

    private func hostKey(_ reason: String) -> RunnerError { .hostKey(runner: runner, reason: reason) }

    private static func lastLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).last.map { String($0.prefix(300)) } ?? ""
    }

    private static func line(of text: String, containing part: String) -> String? {
        text.split(whereSeparator: \.isNewline).first { $0.contains(part) }.map { String($0.prefix(300)) }
    }
}
