import ArgumentParser
import Core

/// `rota validate`: reads DAG files as the server would.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check DAG files, and rota.yaml; needs no server.",
        discussion: """
            Takes files and folders; without any, the folder dags/. The exit code is
            1 if a file has an error, so that it can stand in a build.

            Examples:
              rota validate
              rota validate dags/sales_daily.yaml
              rota validate dags/ rota.yaml --json
            """
    )

    @Argument(help: ArgumentHelp("Files and folders.", valueName: "path"))
    var paths: [String] = []

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        var check = FileCheck()
        for path in paths.isEmpty ? ["dags"] : paths { try check.look(at: path) }
        if json { Terminal.output.line(check.json.description) } else { check.print() }
        guard !check.hasErrors else { throw SilentExit(status: .failed) }
    }
}
