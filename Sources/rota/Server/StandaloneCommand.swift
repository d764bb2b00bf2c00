import ArgumentParser
import Logging
import Postgres
import PrivateCluster

/// Everything on one host, with no configuration.
struct StandaloneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "standalone",
        abstract: "Run everything on this host, with a PostgreSQL of its own.",
        discussion: """
            Prints a link that signs your browser in, once. Ctrl-C stops the server; tasks that run then run on, and
            the next start finds them again.

            EXAMPLES
              rota standalone
              rota standalone --dags ~/jobs --port 9000
            """
    )

    @OptionGroup var server: ServerArguments

    @Option(help: ArgumentHelp("The port on 127.0.0.1 for pages and API.", valueName: "number"))
    var port = 8080

    func run() async throws {
        guard (0...65_535).contains(port) else { throw ServerFailure.badAddress("127.0.0.1:\(port)") }
        ServerLog.bootstrap(level: server.verbose ? .debug : .info)
        let logger = Logger(label: "rota")
        let directory = try server.dataDirectory()
        let settings = try server.settings(in: directory)
        let folder = try server.folder(settings)
        try Server.checkPort(host: "127.0.0.1", port: port)
        let cluster = PrivateCluster(dataDirectory: directory.path, logger: logger)
        do {
            let connection = try await cluster.start()
            var server = Server(
                directory: directory,
                settings: settings,
                folder: folder,
                database: try ConnectionConfiguration(connection.connectionString),
                roles: Set(Server.Role.allCases),
                host: "127.0.0.1",
                port: port,
                localRunner: "local",
                logger: logger
            )
            server.reviveDatabase = {
                do throws(PrivateClusterError) {
                    _ = try await cluster.start()
                } catch {
                    logger.error("\(error)")
                }
            }
            try await server.run { port, secret in
                Terminal.output.line("ready http://127.0.0.1:\(port)/login/\(secret)")
            }
        } catch {
            await cluster.stop()
            throw ServerFailure(error) ?? error
        }
        await cluster.stop()
    }
}
