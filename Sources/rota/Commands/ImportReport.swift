import Core
import Crontab

/// What an import took over, what not, and why.
struct ImportReport {
    /// One crontab and what became of it.
    private struct Part {
        var input: CrontabInput
        var crontab: Crontab
        var dags: [ImportedDAG]
        var refusals: [CrontabImport.Refusal]
    }

    private let folder: ImportFolder
    private let isShadow: Bool
    private var parts: [Part] = []

    init(folder: ImportFolder, isShadow: Bool) {
        self.folder = folder
        self.isShadow = isShadow
    }

    /// Adds what became of a crontab; jobs whose files would not be valid become refusals.
    mutating func add(_ result: CrontabImport.Result, of input: CrontabInput, dags: [ImportedDAG]) {
        var part = Part(input: input, crontab: result.crontab, dags: [], refusals: result.refusals)
        for dag in dags {
            if case .invalid(let reason, let hint) = dag.outcome {
                let job = dag.dag.job
                let refusal = CrontabImport.Refusal(line: job.line, text: job.text, reason: reason, hint: hint)
                part.refusals.append(refusal)
            } else {
                part.dags.append(dag)
            }
        }
        part.refusals.sort { $0.line < $1.line }
        parts.append(part)
    }

    /// Whether every job is in the folder, or would be.
    var isComplete: Bool { parts.allSatisfy { $0.refusals.isEmpty && $0.dags.allSatisfy(\.isThere) } }

    // MARK: - For people

    func print(to terminal: Terminal = .output) {
        for line in lines { terminal.line(VisibleText.oneLine(line)) }
    }

    /// The report, a line each.
    var lines: [String] {
        var lines = parts.flatMap { told($0) }
        let strangers = strangers
        if !strangers.isEmpty {
            let owner = folder.owner.map { "'\($0)'" } ?? "the folder's owner"
            lines.append(
                "To be decided: these run as another user there; here they will run as \(owner), who owns the folder"
            )
            lines += strangers.map { "  \($0.dag.name) runs as \($0.dag.user ?? "")" }
            lines.append("")
        }
        return lines + closing
    }

    private func told(_ part: Part) -> [String] {
        let form = part.crontab.hasUsers ? "system crontab" : "user crontab"
        var lines = ["\(part.input.name) (\(form), \(part.input.timezone))"]
        lines += part.crontab.remarks.map { "  note: \($0)" }
        for dag in part.dags {
            lines.append("  line \(dag.dag.job.line): \(words(for: dag)) \(dag.file) (\(dag.dag.job.schedule))")
            lines += dag.dag.notes.map { "    \($0)" }
        }
        for refusal in part.refusals {
            lines.append("  line \(refusal.line): not taken over: \(refusal.text)")
            lines.append("    \(refusal.reason)")
            if let hint = refusal.hint { lines.append("    write instead: \(hint)") }
        }
        for job in part.crontab.commentedOut {
            lines.append("  line \(job.line): switched off, left out: \(job.text)")
        }
        if part.dags.isEmpty, part.refusals.isEmpty { lines.append("  no jobs") }
        return lines + [""]
    }

    private func words(for dag: ImportedDAG) -> String {
        switch dag.outcome {
        case .written: folder.isDry ? "would become" : "became"
        case .replaced: folder.isDry ? "would overwrite" : "has overwritten"
        case .unchanged: "is already"
        case .taken(let file): "not written, because of another \(file); rename that one, or use --force for"
        case .invalid: ""
        }
    }

    /// Jobs of users other than the one who owns the folder; on a runner of their own host another one decides.
    private var strangers: [ImportedDAG] {
        let owner = folder.owner
        return parts.flatMap(\.dags).filter { dag in
            guard let user = dag.dag.user else { return false }
            return dag.isThere && user != owner
        }
    }

    private var closing: [String] {
        let dags = parts.flatMap(\.dags)
        let there = dags.count(where: \.isThere)
        let left = parts.reduce(dags.count - there) { $0 + $1.refusals.count }
        let off = parts.reduce(0) { $0 + $1.crontab.commentedOut.count }
        var sentence = "\(Words.count(there, "job")) \(folder.isDry ? "can be taken over" : "taken over"), \(left) not"
        if off > 0 { sentence += ", \(off) switched off" }
        var lines = [sentence]
        guard there > 0, !folder.isDry else { return lines }
        if isShadow {
            lines.append(
                "They note their times and run nothing, so the crontab stays in force. To cut over a job, take its line out "
                    + "of the crontab and `shadow: true` out of its file."
            )
        } else {
            lines.append(
                "In the DAG folder of a server these files are in force at once: when you put them there, take their lines "
                    + "out of the crontab, so that they do not run twice."
            )
        }
        return lines
    }
}

extension ImportReport {
    /// Everything, for programs.
    var json: JSONValue {
        .object([
            "out": .string(folder.path),
            "dry_run": .boolean(folder.isDry),
            "shadow": .boolean(isShadow),
            "complete": .boolean(isComplete),
            "sources": .array(parts.map(json)),
        ])
    }

    private func json(of part: Part) -> JSONValue {
        .object([
            "source": .string(part.input.name),
            "system": .boolean(part.crontab.hasUsers),
            "timezone": .string(part.input.timezone),
            "notes": .array(part.crontab.remarks.map { .string($0) }),
            "jobs": .array(part.dags.map(json)),
            "refused": .array(
                part.refusals.map { refusal in
                    .object([
                        "line": .number(String(refusal.line)),
                        "text": .string(refusal.text),
                        "reason": .string(refusal.reason),
                        "hint": refusal.hint.map { .string($0) } ?? .null,
                    ])
                }
            ),
            "switched_off": .array(
                part.crontab.commentedOut.map { job in
                    .object(["line": .number(String(job.line)), "text": .string(job.text)])
                }
            ),
        ])
    }

    private func json(of dag: ImportedDAG) -> JSONValue {
        .object([
            "line": .number(String(dag.dag.job.line)),
            "dag": .string(dag.dag.name),
            "file": .string(dag.file),
            "state": .string(dag.state),
            "cron": .string(dag.dag.job.schedule),
            "user": dag.dag.user.map { .string($0) } ?? .null,
            "mail_to": dag.dag.mailTo.map { .string($0) } ?? .null,
            "notes": .array(dag.dag.notes.map { .string($0) }),
        ])
    }
}
