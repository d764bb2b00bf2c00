/// A crontab as it was read: its jobs, and the lines that are none.
package struct Crontab: Hashable, Sendable {
    /// A line that cannot be read as cron would.
    package struct Unreadable: Hashable, Sendable {
        /// The line's number, counted from 1.
        package var line: Int
        /// The line as written, as far as it is text.
        package var text: String
        /// What is wrong with it.
        package var reason: String
    }

    /// A job that has been switched off by a `#`.
    package struct CommentedOut: Hashable, Sendable {
        /// The line's number, counted from 1.
        package var line: Int
        /// The line as written.
        package var text: String
    }

    /// Whether each job's line names the user it runs as.
    package private(set) var hasUsers: Bool
    /// The jobs, in the crontab's order.
    package private(set) var jobs: [CrontabJob] = []
    /// The lines that are neither empty, nor comments, nor variables, nor jobs.
    package private(set) var unreadable: [Unreadable] = []
    /// The jobs that have been switched off.
    package private(set) var commentedOut: [CommentedOut] = []
    /// What concerns the file as a whole.
    package private(set) var remarks: [String] = []

    private var variables: [CrontabVariable] = []
    private var comment = CrontabComment()

    /// Reads a crontab.
    /// - Parameters:
    ///   - bytes: Its text.
    ///   - hasUsers: Whether its lines name users, as those of /etc/crontab do; nil: only if they unmistakably do.
    package init(_ bytes: [UInt8], hasUsers: Bool? = nil) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        self.hasUsers = hasUsers ?? Self.unmistakablyHasUsers(lines)
        for (index, line) in lines.enumerated() { read(line, number: index + 1) }
        if let last = lines.last, !last.isEmpty {
            remarks.append("its last line has no end; Debian's cron would ignore the whole file")
        }
        if lines.contains(where: { $0.last == Self.carriageReturn }) {
            remarks.append(
                "its lines end as on Windows; the carriage returns, which cron hands to the shell, are left out"
            )
        }
    }

    private mutating func read(_ bytes: ArraySlice<UInt8>, number: Int) {
        let content = bytes.last == Self.carriageReturn ? bytes.dropLast() : bytes
        guard let text = String(validating: content, as: UTF8.self), !content.contains(0) else {
            let lossy = String(decoding: content, as: UTF8.self)
            let reason = "it is not text in UTF-8, and DAG files are; convert it, as with `iconv -f latin1 -t utf-8`"
            return unreadable.append(Unreadable(line: number, text: lossy, reason: reason))
        }
        let trimmed = text.drop(while: \.isCrontabSpace)
        if trimmed.isEmpty {
            comment.clear()
        } else if trimmed.hasPrefix("#") {
            readComment(trimmed, whole: text, number: number)
        } else if let variable = CrontabVariable(line: text) {
            variables.removeAll { $0.name == variable.name }
            variables.append(variable)
            comment.clear()
        } else {
            readJob(trimmed, whole: text, number: number)
        }
    }

    private mutating func readComment(_ text: Substring, whole: String, number: Int) {
        let content = CrontabComment.content(of: text)
        guard !CrontabComment.isLegend(content), let schedule = CrontabSchedule(line: content[...]),
            schedule.looksMeant, !schedule.rest.isEmpty
        else { return comment.add(text) }
        commentedOut.append(CommentedOut(line: number, text: whole))
    }

    private mutating func readJob(_ text: Substring, whole: String, number: Int) {
        defer { comment.clear() }
        guard var schedule = CrontabSchedule(line: text) else {
            let reason =
                "it is neither a variable (NAME=value) nor a job, which has five fields or a macro, and a command"
            return unreadable.append(Unreadable(line: number, text: whole, reason: reason))
        }
        let user = hasUsers ? CrontabSchedule.word(from: &schedule.rest).map(String.init) : nil
        guard !schedule.rest.isEmpty else {
            var reason = "there is no command behind the schedule"
            if user != nil { reason += " and the user" }
            return unreadable.append(Unreadable(line: number, text: whole, reason: reason))
        }
        jobs.append(
            CrontabJob(
                line: number,
                text: whole,
                schedule: schedule.text,
                user: user,
                command: CrontabCommand(String(schedule.rest)),
                variables: variables,
                comment: comment.lines,
                isQuiet: schedule.isQuiet
            )
        )
    }

    private static let carriageReturn = UInt8(ascii: "\r")
}

extension Crontab {
    /// Whether every job has a well-known account where a user crontab has its command, and a command behind it.
    private static func unmistakablyHasUsers(_ lines: [ArraySlice<UInt8>]) -> Bool {
        var count = 0
        for line in lines {
            let text = String(decoding: line, as: UTF8.self).drop(while: \.isCrontabSpace)
            guard !text.isEmpty, !text.hasPrefix("#"), CrontabVariable(line: String(text)) == nil else { continue }
            guard var schedule = CrontabSchedule(line: text) else { continue }
            guard let user = CrontabSchedule.word(from: &schedule.rest), accounts.contains(String(user)),
                let next = schedule.rest.first,
                // There is a program `root`, whose options come next.
                next != "-"
            else { return false }
            count += 1
        }
        return count > 0
    }

    /// Accounts that no usual command is named like.
    private static let accounts: Set<String> = [
        "root", "daemon", "bin", "nobody", "www-data", "wwwrun", "apache", "nginx", "postgres", "mysql", "redis",
        "list", "backup", "munin", "logcheck", "smmsp", "amavis", "clamav", "debian-spamd", "nagios", "icinga",
    ]
}
