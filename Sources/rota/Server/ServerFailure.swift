import Postgres
import PrivateCluster
import Runner
import Store
import Web

/// Why a server does not start, or ended.
enum ServerFailure: CommandFailure {
    case dataDirectory(path: String, reason: String)
    case dataDirectoryInUse(path: String)
    case folderMissing(String)
    case folderWritableByOthers(String)
    case settings(String)
    case noDatabase
    case database(DatabaseError)
    case cluster(PrivateClusterError)
    case migration(MigrationError)
    case web(WebServerError)
    case badAddress(String)
    case runner(String)
    case unknownRole(String)
    case pruning

    /// Turns what a service threw into a sentence where it is one of the known ones.
    init?(_ error: any Error) {
        switch error {
        case let error as ServerFailure: self = error
        case let error as DatabaseError: self = .database(error)
        case let error as PrivateClusterError: self = .cluster(error)
        case let error as MigrationError: self = .migration(error)
        case let error as WebServerError: self = .web(error)
        case let error as RunnerDaemonError: self = .runner("\(error)")
        default: return nil
        }
    }

    var status: ExitStatus {
        switch self {
        case .database, .noDatabase, .cluster: .unreachable
        case .migration, .folderWritableByOthers, .dataDirectoryInUse, .pruning: .refused
        case .dataDirectory, .folderMissing, .settings, .web, .badAddress, .runner, .unknownRole: .misuse
        }
    }

    var description: String {
        switch self {
        case .dataDirectory(let path, let reason):
            "The data directory \(path) cannot be used: \(reason). Name another with --data, or mend its permissions."
        case .dataDirectoryInUse(let path):
            "Another `rota` uses the data directory \(path) already. Stop it first, or name another with --data."
        case .folderMissing(let path):
            "There is no DAG folder \(path). Make it, or name another with --dags."
        case .folderWritableByOthers(let path):
            """
            Every user of this host may write to the DAG folder \(path), so everyone could run commands as its owner. \
            Take that right away with `chmod o-w \(path)`.
            """
        case .settings(let text): text
        case .noDatabase:
            """
            No database is named. Set DATABASE_URL or --database-url to a PostgreSQL address such as \
            postgres://rota@db.example.com/rota, or use `rota standalone`, which brings its own.
            """
        case .database(let error): "\(error)"
        case .cluster(let error): "\(error)"
        case .migration(let error): "\(error)"
        case .web(let error): "\(error)"
        case .badAddress(let text): "'\(text)' is no address to listen on. Write HOST:PORT, such as 127.0.0.1:8080."
        case .runner(let sentence): sentence
        case .pruning:
            "Another server is pruning at present; nothing is left to do here."
        case .unknownRole(let name):
            "There is no role '\(name)'. Roles are scheduler, executor and web, joined by commas."
        }
    }
}
