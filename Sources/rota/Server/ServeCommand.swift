import ArgumentParser
import Host
import Logging
import Postgres
import Settings

/// A server on a database that it does not manage; any number of them share one.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a server on a PostgreSQL that you manage; any number of them share one database.",
        discussion: """
            EXAMPLES
              DATABASE_URL=postgres://rota@db.example.com/rota rota serve --dags /srv/dags
              rota serve --roles web --listen 127.0.0.1:8081
            """
    )

    @OptionGroup var server: ServerArguments

    @Option(help: ArgumentHelp("PostgreSQL's address. Default: DATABASE_URL.", valueName: "url"))
    var databaseURL: String?

    @Option(help: ArgumentHelp("Where pages and API are served. Default: 127.0.0.1:8080.", valueName: "host:port"))
    var listen: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Another name by which browsers reach this server, such as a proxy's; may be given several times.",
            valueName: "name"
        )
    )
    var hostName: [String] = []

    @Option(help: ArgumentHelp("Only these parts: scheduler, executor, web, joined by commas.", valueName: "list"))
    var roles: String?

    @Option(help: ArgumentHelp("What the runner on this host is called. Default: the host's name.", valueName: "name"))
    var runnerName: String?

    @Flag(help: "When told to stop, take nothing more and wait until nothing runs on this host.")
    var drain = false

    func run() async throws {
        ServerLog.bootstrap(level: server.verbose ? .debug : .info)
        let directory = try server.dataDirectory()
        let settings = try server.settings(in: directory)
        let folder = try server.folder(settings)
        guard let url = databaseURL ?? ProcessEnvironment.current["DATABASE_URL"] ?? settings.databaseURL else {
            throw ServerFailure.noDatabase
        }
        let address = try ListenAddress(listen ?? settings.listen ?? "127.0.0.1:8080")
        try Server.checkPort(host: address.host, port: address.port)
        do {
            var server = Server(
                directory: directory,
                settings: settings,
                folder: folder,
                database: try ConnectionConfiguration(url),
                roles: try chosenRoles(),
                host: address.host,
                port: address.port,
                localRunner: runnerName ?? HostName.current(),
                logger: Logger(label: "rota")
            )
            server.hostNames = hostName
            server.drains = drain
            try await server.run { port, secret in
                Terminal.output.line("ready http://\(address.host):\(port)/login/\(secret)")
            }
        } catch {
            throw ServerFailure(error) ?? error
        }
    }

    private func chosenRoles() throws(ServerFailure) -> Set<Server.Role> {
        guard let roles else { return Set(Server.Role.allCases) }
        var chosen: Set<Server.Role> = []
        for name in roles.split(separator: ",") {
            guard let role = Server.Role(rawValue: String(name)) else { throw .unknownRole(String(name)) }
            chosen.insert(role)
        }
        return chosen
    }
}
