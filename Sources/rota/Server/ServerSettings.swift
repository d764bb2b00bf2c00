import ArgumentParser
import AttemptProtocol
import Glibc
import Host
import Settings
import YAML

/// What all servers are told on the command line.
struct ServerArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the server keeps what is its own. Default: ~/.local/share/rota, as root /var/lib/rota.",
            valueName: "directory"
        )
    )
    var data: String?

    @Option(help: ArgumentHelp("The folder of the DAG files. Default: dags.", valueName: "directory"))
    var dags: String?

    @Option(help: ArgumentHelp("The settings. Default: rota.yaml in the data directory.", valueName: "file"))
    var config: String?

    @Flag(name: .shortAndLong, help: "Log more.")
    var verbose = false

    /// The data directory, made and locked.
    func dataDirectory() throws(ServerFailure) -> DataDirectory {
        let environment = ProcessEnvironment.current
        return try DataDirectory(path: data ?? environment["ROTA_DATA"] ?? environment.standardDataDirectory)
    }

    /// The settings of the named file, or of the one in the data directory if there is one.
    func settings(in directory: DataDirectory) throws(ServerFailure) -> Settings {
        let path = config.map(AbsolutePath.of) ?? directory.settings
        guard let bytes = SmallFile.read(path, limit: 1 << 21) else {
            if config == nil, unsafe access(path, F_OK) != 0 { return Settings() }
            throw .settings("The settings \(path) cannot be read: \(SmallFile.reason).")
        }
        let result = Settings.parse(source: bytes, path: path)
        guard let settings = result.settings else {
            let problems = result.problems.map {
                $0.render(source: result.source, hasColour: Terminal.messages.hasColours)
            }
            throw .settings("The settings \(path) have errors:\n" + problems.joined(separator: "\n"))
        }
        return settings
    }

    /// The DAG folder, which must be there and must not be everybody's.
    func folder(_ settings: Settings) throws(ServerFailure) -> String {
        let path = AbsolutePath.of(dags ?? settings.dags ?? "dags")
        guard let facts = FileFacts(path: path), facts.isFolder else { throw .folderMissing(path) }
        guard facts.permissions & 0o002 == 0 else { throw .folderWritableByOthers(path) }
        return path
    }
}
