/// What a job's command becomes: a script for a shell, which sees what cron's shell would see.
struct CrontabScript {
    /// The shell that is given the script, by its path.
    let shell: String
    /// The script.
    let text: String

    /// Makes the script.
    /// - Parameters:
    ///   - job: The job.
    ///   - entersHome: Whether the script has to go to the home folder itself, where cron starts commands.
    init(_ job: CrontabJob, entersHome: Bool) {
        let wanted = job.value(of: "SHELL") ?? Self.usualShell
        let isPOSIX = Self.posixShells.contains(wanted.split(separator: "/").last.map(String.init) ?? "")
        shell = isPOSIX && wanted.hasPrefix("/") ? wanted : Self.usualShell
        var lines: [String] = []
        if entersHome { lines.append("cd \"$HOME\" || exit") }
        if let input = job.command.input {
            let end = Self.end(of: input)
            lines.append("exec <<'\(end)'\n\(input)\(input.hasSuffix("\n") ? "" : "\n")\(end)")
        }
        let command = job.command.script
        // Only such shells are known to read a script as they read the text behind -c; and a backslash at its end stands
        // for itself there, but takes the line's end away here.
        let isSame = shell == wanted && !command.hasSuffix("\\")
        lines.append(isSame ? command : "exec \(Self.quoted(wanted)) -c \(Self.quoted(command))")
        text = lines.joined(separator: "\n") + "\n"
    }

    /// The shell of cron's jobs.
    static let usualShell = "/bin/sh"

    private static let posixShells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh"]

    /// A word that no line of the input is.
    private static func end(of input: String) -> String {
        let lines = Set(input.split(separator: "\n").map(String.init))
        var end = "INPUT"
        while lines.contains(end) { end += "_" }
        return end
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
