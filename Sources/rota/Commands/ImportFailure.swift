import Core

/// Why crontabs cannot be imported at all.
enum ImportFailure: CommandFailure, Hashable {
    case unreadable(path: String, reason: String)
    case folder(path: String)
    case tooLong(source: String)
    /// Neither the host nor the command line tells the zone.
    case noZone(source: String)
    /// The zone is unknown, or its data cannot be read, in the words of who looked.
    case badZone(String)
    case badTarget(String)
    case noSSH
    /// The other host, or the way there, failed; in their words.
    case remote(target: String, reason: String)
    case notWritten(path: String, reason: String)

    var status: ExitStatus {
        switch self {
        case .unreadable: .notFound
        case .folder, .tooLong, .noZone, .badZone, .badTarget: .misuse
        case .remote: .unreachable
        case .noSSH, .notWritten: .failed
        }
    }

    var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "'\(path.shortened)' cannot be read: \(reason)."
        case .folder(let path):
            "'\(path.shortened)' is a folder. Name the crontabs in it, as in /etc/cron.d/*."
        case .tooLong(let source):
            "'\(source.shortened)' is larger than any crontab; at most 4 MiB are read."
        case .noZone(let source):
            "Which zone the clocks of \(source.shortened) follow cannot be seen. Name it, as in --timezone Europe/Berlin."
        case .badZone(let sentence): sentence
        case .badTarget(let target):
            "'\(target.shortened)' is not a host. Write it as db1.example.com or ops@db1.example.com; ports and other "
                + "options belong into ~/.ssh/config."
        case .noSSH:
            "There is no program 'ssh' in PATH, which --host needs. Or run `crontab -l` there and give its output to -."
        case .remote(let target, let reason):
            "The crontab of \(target) cannot be fetched: \(reason). Try `ssh \(target) crontab -l`."
        case .notWritten(let path, let reason):
            "'\(path.shortened)' cannot be written: \(reason). What was written before it stays."
        }
    }
}
