import Core

/// Makes DAG files of crontabs: what can be taken over, and what not and why.
///
/// Names are given in the order of the crontabs and do not depend on line numbers, so that importing again gives the
/// same files.
package struct CrontabImport: Sendable {
    /// A line that does not become a DAG.
    package struct Refusal: Hashable, Sendable {
        /// The line's number, counted from 1.
        package var line: Int
        /// The line as written.
        package var text: String
        /// Why.
        package var reason: String
        /// What to write instead, where that is known.
        package var hint: String?

        /// Describes a line.
        package init(line: Int, text: String, reason: String, hint: String? = nil) {
            self.line = line
            self.text = text
            self.reason = reason
            self.hint = hint
        }
    }

    /// What became of one crontab.
    package struct Result: Sendable {
        /// The crontab as it was read.
        package var crontab: Crontab
        /// What its jobs became.
        package var dags: [CrontabDAG]
        /// The lines that became nothing, ascending.
        package var refusals: [Refusal]
    }

    private var names: Set<String> = []

    /// Begins an import, in which no two jobs get one name.
    package init() {}

    /// Makes what can be made of a crontab.
    package mutating func take(_ crontab: Crontab, from source: CrontabSource) -> Result {
        var result = Result(crontab: crontab, dags: [], refusals: [])
        for line in crontab.unreadable {
            result.refusals.append(Refusal(line: line.line, text: line.text, reason: line.reason))
        }
        for job in crontab.jobs {
            do throws(CronError) {
                let expression = try CronExpression(job.schedule)
                let advice = ScheduleAdvice.notes(on: job.schedule, expression)
                let name = name(for: job, source)
                result.dags.append(CrontabDAG(job, name: name, source: source, advice: advice))
            } catch {
                result.refusals.append(Self.refusal(of: job, error))
            }
        }
        result.refusals.sort { $0.line < $1.line }
        return result
    }

    private static func refusal(of job: CrontabJob, _ error: CronError) -> Refusal {
        var refusal = Refusal(line: job.line, text: job.text, reason: error.description)
        if job.schedule.lowercased() == "@reboot" {
            refusal.reason = "@reboot is not a schedule: a workflow has no boot"
            refusal.hint = "a systemd unit of Type=oneshot that runs the command, or one that calls `rota trigger`"
        } else if job.schedule.contains("~") {
            refusal.hint = "a number in place of the random value, and `jitter` under `schedule` to spread the load"
        } else if let mended = ScheduleMending.mended(job.schedule) {
            refusal.hint = mended
        }
        return refusal
    }

    /// The plain name for the first, one with a mark of its own line for every other that would be called so.
    private mutating func name(for job: CrontabJob, _ source: CrontabSource) -> String {
        let plain = JobName.name(for: job)
        if names.insert(plain.lowercased()).inserted { return plain }
        let line = [source.name, job.schedule, job.user ?? "", job.command.script, job.command.input ?? ""]
        let marked = plain + "_" + Self.mark(of: line.joined(separator: "\n"))
        var name = marked
        var count = 2
        while !names.insert(name.lowercased()).inserted {
            name = "\(marked)_\(count)"
            count += 1
        }
        return name
    }

    /// Four letters and digits that are the same in every run of the program (FNV-1a).
    private static func mark(of text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String((hash >> 32 ^ hash) & 0xFFFF, radix: 16)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
