import Glibc

/// Why the private PostgreSQL could not be started, in facts.
package enum PrivateClusterError: Error, Equatable {
    /// Another rota holds the data directory; the process is unknown when its note could not be read.
    case alreadyRunning(dataDirectory: String, process: Int32?)
    /// The starting task was cancelled; nothing that it started is left running.
    case cancelled
    /// A database has no room to be made or to recover.
    case diskFull(path: String)
    /// The system refused something that is not a matter of permission or room.
    case fileFailure(action: String, path: String, code: Int32)
    /// The cluster's files belong to a user that this process cannot act as.
    case foreignOwner(path: String, owner: UInt32)
    /// initdb or the first statements ended badly; the reason is PostgreSQL's own line.
    case creationFailed(directory: String, reason: String)
    /// The pointer file in the data directory leads nowhere.
    case locationMissing(pointer: String, location: String)
    /// PostgreSQL runs but takes no connections within the limit.
    case notReady(seconds: Int64, log: String)
    /// Permission is missing, or the file system is read-only.
    case notWritable(path: String, code: Int32)
    /// The cluster was made by a major version that is not installed.
    case otherVersion(directory: String, cluster: Int, installed: Int)
    /// No PostgreSQL server of a usable version is installed.
    case postgresMissing(oldest: Int)
    /// PostgreSQL ended before it was ready; the reason is the line it logged, if it logged one.
    case startFailed(reason: String?, log: String)
    /// A program that belongs to the system could not be started.
    case programFailure(program: String, code: Int32)
    /// No folder short enough for a unix socket could be made.
    case runtimeFolderMissing(tried: [String])
    /// A process that a killed server left behind survives even SIGKILL.
    case processRemains(process: Int32, directory: String)
    /// Root runs rota and there is no user to whom PostgreSQL could be given.
    case userMissing(name: String)
    /// The user has no name on this system, without which PostgreSQL trusts nobody.
    case userUnnamed(user: UInt32)
}

extension PrivateClusterError {
    /// Makes the error that `code` stands for, so that room and permission are told alike everywhere.
    static func file(_ action: String, _ path: String, code: Int32 = errno) -> Self {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case EACCES, EPERM, EROFS: .notWritable(path: path, code: code)
        default: .fileFailure(action: action, path: path, code: code)
        }
    }
}

extension PrivateClusterError: CustomStringConvertible {
    /// One sentence on what happened and where, and what to do about it.
    package var description: String {
        switch self {
        case .alreadyRunning(let directory, let process):
            "rota standalone already runs on \(directory)\(process.map { " (process \($0))" } ?? ""). "
                + "Stop it first, or give another directory with --data."
        case .cancelled:
            "The start of PostgreSQL was interrupted. Nothing was lost; start again when you like."
        case .diskFull(let path):
            "No space is left on the disk that holds \(path). Free some, then start again."
        case .fileFailure(let action, let path, let code):
            "Cannot \(action) \(path): \(Self.words(code)). Mend that, or give another directory with --data."
        case .foreignOwner(let path, let owner):
            "\(path) belongs to user \(owner). Run rota as that user or as root, or give another directory with --data."
        case .creationFailed(let directory, let reason):
            "Cannot create a PostgreSQL database in \(directory): \(reason)."
        case .locationMissing(let pointer, let location):
            "\(pointer) says that the database is in \(location), which is not there. "
                + "Put it back, or remove the file \(pointer) to begin with an empty database."
        case .notReady(let seconds, let log):
            "PostgreSQL was started but took no connections within \(seconds) s. Its log is \(log)."
        case .notWritable(let path, let code):
            "Cannot write \(path): \(Self.words(code)). Give this user the right to, or another directory with --data."
        case .otherVersion(let directory, let cluster, let installed):
            "The database in \(directory) was made by PostgreSQL \(cluster), but PostgreSQL \(installed) is installed. "
                + "Run 'rota db upgrade', or install PostgreSQL \(cluster) again."
        case .postgresMissing(let oldest):
            "PostgreSQL \(oldest) or later is not installed. "
                + "On Debian: apt-get install postgresql. Elsewhere, put its initdb on PATH."
        case .startFailed(let reason, let log):
            "PostgreSQL did not start\(reason.map { ": \($0)" } ?? ""). Its log is \(log)."
        case .programFailure(let program, let code):
            "Cannot run \(program): \(Self.words(code))."
        case .processRemains(let process, let directory):
            "Process \(process) of an earlier PostgreSQL in \(directory) does not end, perhaps because it waits for a disk. "
                + "Start again once it is gone."
        case .runtimeFolderMissing(let tried):
            "Cannot make a folder for PostgreSQL's socket in \(tried.joined(separator: " or ")). Make one of them writable."
        case .userMissing(let name):
            "PostgreSQL refuses to run as root and there is no user '\(name)' to run it as. "
                + "Create one with 'useradd --system \(name)', or run rota as an ordinary user."
        case .userUnnamed(let user):
            "User \(user) has no name on this system, and PostgreSQL admits users by name. "
                + "Add the user to /etc/passwd, or run rota as another."
        }
    }

    private static func words(_ code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }
}
