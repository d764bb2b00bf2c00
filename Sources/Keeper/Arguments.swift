import AttemptProtocol
import Core

/// What the keeper was asked to do on its command line.
struct Arguments {
    /// The runner's state directory, absolute.
    var state: String
    /// After how long without clients and attempts it ends.
    var idle: Duration = .seconds(60)
    /// The folder of the cgroup tree for groups of attempts; nil: the delegated one, where there is one.
    var controlGroup: String?
    /// Serves in this process, instead of starting one that is detached.
    var isForeground = false
    /// The descriptor to write one byte to once it serves; nil: nobody waits.
    var readyDescriptor: Int32?

    static let usage = """
        usage: rota-keeper --state DIR [--idle SECONDS] [--cgroup DIR] [--foreground]
               rota-keeper bridge --state DIR [--idle SECONDS] [--cgroup DIR]
               rota-keeper --version
        It is the parent of a runner's attempts; rota starts it when it needs it.

        """

    /// Reads the words after the program's name; nil where they make no sense.
    init?(_ words: [String]) {
        var state: String?
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--state": state = rest.popFirst()
            case "--foreground": isForeground = true
            case "--cgroup": controlGroup = rest.popFirst()
            case "--idle":
                guard let seconds = rest.popFirst().flatMap({ Int($0) }), seconds >= 0 else { return nil }
                idle = .seconds(seconds)
            case "--ready-descriptor":
                guard let number = rest.popFirst().flatMap({ Int32($0) }) else { return nil }
                readyDescriptor = number
            default: return nil
            }
        }
        guard let state, state.hasPrefix("/"), controlGroup?.hasPrefix("/") ?? true else { return nil }
        self.state = state
    }
}
