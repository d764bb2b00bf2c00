/// The names of Linux's signals, as people know them.
package enum SignalName {
    /// The name of a signal, such as `SIGKILL`; `SIG64` and the like for those without one.
    package static func name(of number: Int) -> String {
        names.indices.contains(number) && number > 0 ? names[number] : "SIG\(number)"
    }

    private static let names = [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
        "SIGSYS",
    ]
}

extension AttemptRecord {
    /// The name of the signal that ended it, such as `SIGKILL`.
    package var signalName: String? { signal.map(SignalName.name(of:)) }
}
