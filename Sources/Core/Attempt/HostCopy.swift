/// Two hosts that answer with one state directory, and both live: one was copied from the other.
package struct HostCopy: Hashable, Sendable {
    /// The host that came second, for people.
    package var host: String
    /// The host that has the directory.
    package var original: String
    /// The name of the runner that the original is.
    package var runner: String

    /// Joins the facts.
    package init(host: String, original: String, runner: String) {
        self.host = host
        self.original = original
        self.runner = runner
    }
}

extension HostCopy: CustomStringConvertible {
    package var description: String {
        "another host has this one's state directory: '\(original)', which is alive as runner '\(runner)'; the host "
            + "'\(host)' was copied from it, or it from that. Stop Rota on '\(host)', remove the state directory there, and "
            + "start it as a runner of its own. Where '\(original)' is gone for good, restart the host '\(host)'"
    }
}
