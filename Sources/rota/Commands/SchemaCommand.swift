import ArgumentParser
import DAGFile
import Settings

/// `rota schema`: the languages of our files, for editors.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of DAG files, or of rota.yaml.",
        discussion: """
            Editors with YAML support complete and check by it.

            Examples:
              rota schema > dag.schema.json
              rota schema config > rota.schema.json
            """
    )

    @Argument(help: "dag, or config for rota.yaml.")
    var language: Language = .dag

    /// What has a schema.
    enum Language: String, ExpressibleByArgument, CaseIterable, Sendable {
        case dag
        case config
    }

    func run() {
        let text =
            switch language {
            case .dag: DAGFile.jsonSchema()
            case .config: Settings.jsonSchema()
            }
        Terminal.output.write(text.hasSuffix("\n") ? text : text + "\n")
    }
}
