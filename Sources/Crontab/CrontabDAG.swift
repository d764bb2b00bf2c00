import Core

/// A job of a crontab as a DAG of one task.
package struct CrontabDAG: Hashable, Sendable {
    /// The job it was made from.
    package let job: CrontabJob
    /// The name of its file, without the ending, which is the DAG's id.
    package let name: String
    /// Where the mail with its output went; nil: to the user it runs as; empty: nowhere.
    package let mailTo: String?
    /// The user it runs as where it is now, if that is known.
    package let user: String?
    /// What people should know before they rely on it.
    package let notes: [String]
    /// The file's text.
    package let text: String

    init(_ job: CrontabJob, name: String, source: CrontabSource, advice: [String]) {
        self.job = job
        self.name = name
        mailTo = job.value(of: "MAILTO")
        user = job.user ?? source.user
        let maker = CrontabDAGMaker(job: job, name: name, source: source, user: user)
        notes = maker.notes + advice
        text = maker.text
    }
}

/// Writes the file of a job.
struct CrontabDAGMaker {
    let job: CrontabJob
    let name: String
    let source: CrontabSource
    let user: String?

    var text: String {
        var lines = head
        if !job.comment.isEmpty { lines.append("description: \(YAMLText.scalar(job.comment.joined(separator: " ")))") }
        lines += ["tags: [crontab]", "schedule:"]
        lines.append("  cron: \(YAMLText.quoted(job.schedule))")
        lines.append("  timezone: \(YAMLText.scalar(timezone))")
        lines += ["  catchup: none", "  overlap: allow"]
        if let delay { lines.append("  jitter: \(delay)m") }
        if source.isShadow { lines.append("  shadow: true") }
        lines.append("env:")
        lines += environment.map { "  \($0.name): \(YAMLText.scalar(Self.untemplated($0.value)))" }
        lines += ["tasks:", "  \(taskName):"]
        if let runner = source.runner { lines.append("    runner: \(YAMLText.scalar(runner))") }
        if let home { lines.append("    working_dir: \(YAMLText.scalar(home))") }
        let script = CrontabScript(job, entersHome: home == nil)
        lines.append("    shell: \(YAMLText.scalar(script.shell))")
        lines.append("    run: \(YAMLText.block(script.text, indentation: 6))")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What its reader should know, most of which stands at the head of the file, too.
    var notes: [String] {
        let here = source.runner == nil ? "the user who owns the DAG folder" : "the user of its runner"
        var notes = user.map { ["runs as \($0) there, and as \(here) here"] } ?? []
        if let runner = source.runner {
            notes.append("runs on the runner '\(runner)', which has to be in rota.yaml")
        }
        notes += mailNotes
        if let delay {
            notes.append("RANDOM_DELAY=\(delay) became `jitter: \(delay)m`, which is the same for each run of a DAG")
        }
        if let zone = job.value(of: "CRON_TZ"), zone != source.timezone {
            notes.append("CRON_TZ=\(zone) became its timezone, as in cronie; Debian's cron ignores that line")
        }
        if job.value(of: "TZ") != nil {
            notes.append("TZ is only a variable of the command, as in cron; when it runs goes by \(timezone)")
        }
        if job.isQuiet {
            notes.append("the '-' before its schedule, which keeps it out of the system's log, is left out")
        }
        if job.command.input?.hasSuffix("\n") == false {
            notes.append("its input ends with a lone backslash; here the end of a line follows it")
        }
        if job.value(of: "LOGNAME") != nil { notes.append("LOGNAME is left out, as cron ignores it, too") }
        let unusable = job.variables.filter { !$0.isUsable }.map { "'\($0.name.shortened)'" }
        if !unusable.isEmpty {
            notes.append("\(unusable.joined(separator: ", ")) cannot be the name of a variable here, and is left out")
        }
        return notes
    }

    private var head: [String] {
        var lines = ["# From \(source.name):", "#   \(job.text)"]
        if source.isShadow {
            lines.append("# In shadow: its times are noted, nothing runs. Cut over by removing `shadow: true`.")
        }
        lines += notes.map { "# Note: \($0)." }
        return lines.map(YAMLText.comment)
    }

    private var mailNotes: [String] {
        switch job.value(of: "MAILTO") {
        case nil: []
        case "": ["its output was mailed to nobody (MAILTO is empty); here it is in the logs"]
        case .some(let address): ["its output was mailed to \(address.shortened); here it is in the logs"]
        }
    }

    /// CRON_TZ is cronie's.
    private var timezone: String {
        job.value(of: "CRON_TZ").flatMap { $0.isEmpty ? nil : $0 } ?? source.timezone
    }

    /// The minutes of cronie's RANDOM_DELAY.
    private var delay: Int? {
        job.value(of: "RANDOM_DELAY").flatMap { Int($0) }.flatMap { (1...1440).contains($0) ? $0 : nil }
    }

    /// Where the crontab sets a home folder, which is where cron starts commands, too.
    private var home: String? { job.value(of: "HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } }

    /// What cron sets itself, then the crontab's lines.
    private var environment: [CrontabVariable] {
        var environment = [
            CrontabVariable("PATH", "/usr/bin:/bin"), CrontabVariable("SHELL", CrontabScript.usualShell),
        ]
        if let user, job.command.script.contains("LOGNAME") { environment.append(CrontabVariable("LOGNAME", user)) }
        // What speaks to cron itself matters to a command only if that asks for it.
        let own = ["MAILTO", "MAILFROM", "CRON_TZ", "RANDOM_DELAY", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING"]
        for variable in job.variables where variable.isUsable && variable.name != "LOGNAME" {
            if own.contains(variable.name), !job.command.script.contains(variable.name) { continue }
            environment.removeAll { $0.name == variable.name }
            environment.append(variable)
        }
        return environment
    }

    private var taskName: String {
        name.utf8.first.map { $0 &- 48 < 10 } == true ? "job_" + name : name
    }

    /// The text with `{{` as a text, not as the beginning of a template.
    private static func untemplated(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let brace = rest.first {
            if rest.hasPrefix("${{") {
                result += "{{ '$' }}"
                rest.removeFirst()
            } else if rest.hasPrefix("{{") {
                result += "{{ '{{' }}"
                rest.removeFirst(2)
            } else {
                result.append(brace)
                rest.removeFirst()
            }
        }
        return result
    }
}
