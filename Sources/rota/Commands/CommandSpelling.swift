import ArgumentParser
import Core

/// Finds the subcommand that was probably meant.
enum CommandSpelling {
    /// A sentence for the first word that is no subcommand where one must be; nil where nothing similar is known.
    static func hint(_ arguments: [String], of root: any ParsableCommand.Type) -> String? {
        var command = root
        for word in arguments.prefix(while: { !$0.hasPrefix("-") }) {
            let known = command.configuration.subcommands
            guard !known.isEmpty else { return nil }
            if let next = known.first(where: { name(of: $0) == word }) {
                command = next
                continue
            }
            return Spelling.nearest(to: word, among: known.map { name(of: $0) }).map { "Did you mean '\($0)'?" }
        }
        return nil
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? String(describing: command).lowercased()
    }
}
