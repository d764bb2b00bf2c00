import Core

/// The beginning of a job's line: its schedule, and what follows it.
struct CrontabSchedule {
    /// Five fields joined by single spaces, or a macro.
    var text: String
    var isQuiet: Bool
    /// What stands behind it, without the white space before that.
    var rest: Substring

    /// Takes the schedule off a line; nil where the line ends before it does.
    init?(line: Substring) {
        var rest = line.drop(while: \.isCrontabSpace)
        isQuiet = rest.first == "-"
        if isQuiet { rest = rest.dropFirst() }
        var words: [Substring] = []
        let count = rest.first == "@" ? 1 : 5
        while words.count < count, let word = Self.word(from: &rest) { words.append(word) }
        guard words.count == count else { return nil }
        text = words.joined(separator: " ")
        // An interval is not cron's, but what people write all the same.
        if text == "@every" {
            guard let interval = Self.word(from: &rest) else { return nil }
            text += " " + interval
        }
        self.rest = rest
    }

    /// Takes a word and the white space behind it.
    static func word(from rest: inout Substring) -> Substring? {
        let word = rest.prefix { !$0.isCrontabSpace }
        guard !word.isEmpty else { return nil }
        rest = rest[word.endIndex...].drop(while: \.isCrontabSpace)
        return word
    }

    /// Whether it could be meant: every field holds only what fields are made of, or it is a macro.
    var looksMeant: Bool {
        guard !text.hasPrefix("@") else { return CrontabMacros.isKnown(text) }
        do throws(CronError) {
            _ = try CronExpression(text)
            return true
        } catch {
            return false
        }
    }
}

/// What begins with `@` instead of fields.
enum CrontabMacros {
    /// What Rota has, as cron does.
    static let usual = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]

    static func isKnown(_ text: String) -> Bool {
        let name = text.lowercased()
        return usual.contains(name) || name == "@reboot" || name.hasPrefix("@every")
    }
}
