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
        // A copy may well have its original's name.
        "this host ('\(host)') has the same state directory as another one ('\(original)') that is alive as runner "
            + "'\(runner)': one was copied from the other. Stop Rota on this one, remove its state directory, and start it as "
            + "a runner of its own. If the other one is gone for good, restart this one"
    }
}
