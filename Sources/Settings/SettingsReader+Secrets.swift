import Core
import YAML

extension SettingsReader {
    /// Reads where secrets are.
    mutating func readSecrets(_ entries: [Node.Entry], into settings: inout Settings) {
        for entry in entries {
            guard let source = readSource(entry) else { continue }
            let dags = entry.value["dags"]?.elements?.compactMap { $0.scalar?.text }
            settings.secrets.append(SecretSettings(name: entry.key, source: source, dags: dags))
        }
    }

    private mutating func readSource(_ entry: Node.Entry) -> SecretSettings.Source? {
        let name = entry.key.shortened
        let given = ["environment", "file", "command"].filter { entry.value[$0] != nil }
        guard given.count == 1 else {
            let message =
                given.isEmpty
                ? "the secret '\(name)' needs 'environment', 'file' or 'command'"
                : "the secret '\(name)' has \(given.map { "'\($0)'" }.joined(separator: " and ")); it is in one place"
            add(Problem(at: entry.keyMark, message))
            return nil
        }
        if let variable = entry.value["environment"]?.scalar?.text { return .environment(variable) }
        if let path = entry.value["file"]?.scalar?.text { return .file(path) }
        guard let command = entry.value["command"], let words = command.elements?.compactMap({ $0.scalar?.text }) else {
            return nil
        }
        guard let program = words.first, program.hasPrefix("/") else {
            add(Problem(at: command.mark, "the command of '\(name)' must begin with a program's absolute path"))
            return nil
        }
        return .command(words)
    }
}
