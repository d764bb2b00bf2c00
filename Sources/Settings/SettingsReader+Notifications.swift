import Core
import YAML

extension SettingsReader {
    /// Reads who is told of failures.
    mutating func readNotifications(_ nodes: [Node], into settings: inout Settings) {
        var lines: [String: Int] = [:]
        for node in nodes {
            guard let name = node["name"]?.scalar?.text else { continue }
            if let line = lines.updateValue(node.mark.line, forKey: name), let mark = node["name"]?.mark {
                add(Problem(at: mark, "the notification '\(name.shortened)' is already declared in line \(line)"))
            }
            guard let means = readMeans(node, name) else { continue }
            let dags = node["dags"]?.elements?.compactMap { $0.scalar?.text }
            settings.notifications.append(NotificationSettings(name: name, means: means, dags: dags))
        }
    }

    private mutating func readMeans(_ node: Node, _ name: String) -> NotificationSettings.Means? {
        let webhook = node["webhook"]?.scalar?.text
        let command = node["command"]?.elements?.compactMap { $0.scalar?.text }
        switch (webhook, command) {
        case (let url?, nil): return .webhook(url: url, tokenFile: node["token_file"]?.scalar?.text)
        case (nil, let words?):
            if let mark = node["token_file"]?.mark {
                add(Problem(at: mark, "'token_file' has no meaning for a command; it belongs to 'webhook'"))
            }
            guard let program = words.first, program.hasPrefix("/") else {
                let mark = node["command"]?.mark ?? node.mark
                add(Problem(at: mark, "the command of '\(name.shortened)' must begin with a program's absolute path"))
                return nil
            }
            return .command(words)
        case (_?, _?):
            add(Problem(at: node.mark, "'\(name.shortened)' has both 'webhook' and 'command'", hint: "make two of it"))
            return nil
        case (nil, nil):
            if node["webhook"] == nil, node["command"] == nil {
                add(Problem(at: node.mark, "'\(name.shortened)' needs 'webhook' or 'command'"))
            }
            return nil
        }
    }
}
