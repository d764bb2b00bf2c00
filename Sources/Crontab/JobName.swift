/// Finds a name for a job in its command: what it runs, without the ways there.
enum JobName {
    /// The name: letters, digits, `_` and `-`.
    static func name(for job: CrontabJob) -> String {
        let programs = simpleCommands(job.command.script).compactMap { subject($0, depth: 0) }
        let named = programs.compactMap { program in slug(lastPart(program)).map { (program, $0) } }
        guard let (program, name) = named.first(where: { !filler.contains($0.0) }) ?? named.first else {
            return job.comment.first.flatMap { slug($0) } ?? "job"
        }
        // What a tool of all trades is used for, its comment tells better.
        guard toolsOfAllTrades.contains(lastPart(program)), let comment = job.comment.first else { return name }
        return slug(comment) ?? name
    }

    /// The words of each command between operators, without quotes and redirections.
    private static func simpleCommands(_ script: String) -> [[String]] {
        var reader = ShellWords(script)
        return reader.commands()
    }

    /// The program that a command is about, or what an interpreter or wrapper is given.
    private static func subject(_ words: [String], depth: Int) -> String? {
        var words = words.drop { isAssignment($0) }
        guard let program = words.popFirst(), depth < 8 else { return nil }
        let base = lastPart(program)
        if skipped.contains(base) { return nil }
        if base == "run-parts" {
            return words.last { !$0.hasPrefix("-") } ?? base
        }
        if let shellText = wordsBehind("-c", in: words), shells.contains(base) {
            return simpleCommands(shellText).compactMap { subject($0, depth: depth + 1) }.first ?? base
        }
        if base == "su", let text = wordsBehind("-c", in: words) {
            return simpleCommands(text).compactMap { subject($0, depth: depth + 1) }.first ?? base
        }
        if base.hasPrefix("python"), let module = wordsBehind("-m", in: words) { return module }
        if base == "java", let archive = wordsBehind("-jar", in: words) { return archive }
        if shells.contains(base) || interpreters.contains(where: { base.hasPrefix($0) }) {
            return words.first { !$0.hasPrefix("-") } ?? base
        }
        guard let options = wrappers[base] else { return program }
        let rest = withoutOptions(words, taking: options)
        return rest.isEmpty ? base : subject(Array(rest), depth: depth + 1)
    }

    /// What a wrapper runs: the words behind its options and its own arguments.
    private static func withoutOptions(_ words: ArraySlice<String>, taking wrapper: Wrapper) -> ArraySlice<String> {
        var words = words
        while let word = words.first, word.hasPrefix("-") {
            words.removeFirst()
            if word == "--" { break }
            if wrapper.optionsWithValue.contains(word) { words = words.dropFirst() }
        }
        words = words.dropFirst(wrapper.arguments)
        return words.drop { isAssignment($0) }
    }

    private static func wordsBehind(_ option: String, in words: ArraySlice<String>) -> String? {
        guard let index = words.firstIndex(of: option), words.indices.contains(index + 1) else { return nil }
        return words[index + 1]
    }

    private static func isAssignment(_ word: String) -> Bool {
        guard let equals = word.firstIndex(of: "="), equals > word.startIndex else { return false }
        return word[..<equals].allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }

    private static func lastPart(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The text as a name: what cannot be in one becomes `_`, and an extension goes; nil where nothing is left.
    private static func slug(_ text: String) -> String? {
        var text = text[...]
        for ending in [".sh", ".bash", ".py", ".pl", ".rb", ".php", ".js", ".jar"] where text.hasSuffix(ending) {
            text = text.dropLast(ending.count)
        }
        var name = ""
        for scalar in text.unicodeScalars {
            let isPart = scalar.isASCII && (scalar.properties.isAlphabetic || (48...57).contains(scalar.value))
            if isPart || scalar == "-" {
                name.unicodeScalars.append(scalar)
            } else if !name.hasSuffix("_") {
                name += "_"
            }
        }
        var kept = name.prefix(48)[...]
        while let first = kept.first, first == "_" || first == "-" { kept.removeFirst() }
        while let last = kept.last, last == "_" || last == "-" { kept.removeLast() }
        return kept.isEmpty ? nil : String(kept)
    }
}

extension JobName {
    /// A program that runs another one.
    private struct Wrapper {
        var arguments = 0
        var optionsWithValue: Set<String> = []
    }

    private static let wrappers: [String: Wrapper] = [
        "sudo": Wrapper(optionsWithValue: ["-u", "-g", "-h", "-p", "-C"]),
        "env": Wrapper(optionsWithValue: ["-u", "-C"]),
        "nice": Wrapper(optionsWithValue: ["-n"]), "ionice": Wrapper(optionsWithValue: ["-c", "-n"]),
        "nohup": Wrapper(), "exec": Wrapper(), "time": Wrapper(), "setsid": Wrapper(), "command": Wrapper(),
        "chronic": Wrapper(), "systemd-cat": Wrapper(optionsWithValue: ["-t", "-p"]), "!": Wrapper(),
        "if": Wrapper(), "then": Wrapper(), "else": Wrapper(), "do": Wrapper(), "while": Wrapper(),
        "timeout": Wrapper(arguments: 1, optionsWithValue: ["-k", "-s"]),
        "flock": Wrapper(arguments: 1, optionsWithValue: ["-w", "-E"]),
        "chpst": Wrapper(optionsWithValue: ["-u", "-n"]), "runuser": Wrapper(optionsWithValue: ["-u", "-g"]),
        "gosu": Wrapper(arguments: 1), "bundle": Wrapper(), "npx": Wrapper(),
    ]
    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh", "fish"]
    private static let interpreters = ["python", "perl", "ruby", "php", "node", "Rscript", "tclsh", "lua"]
    /// What prepares or tests, and is not what a job is about.
    private static let skipped: Set<String> = [
        "cd", "test", "[", "[[", "export", "set", "source", ".", "umask", "ulimit", "fi", "done", "exit", "true",
        "false", ":", "sleep", "for",
    ]
    private static let filler: Set<String> = [
        "echo", "printf", "cat", "mail", "logger", "tee", "grep", "date", "mkdir",
    ]
    private static let toolsOfAllTrades: Set<String> = [
        "find", "curl", "wget", "rm", "cp", "mv", "docker", "git", "make", "rsync", "mysql", "psql", "kubectl", "ssh",
        "scp", "tar", "chown", "chmod", "touch", "echo", "cat", "systemctl", "service",
    ]
}
