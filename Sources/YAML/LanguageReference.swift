/// A language as tables of Markdown.
package enum LanguageReference {
    /// Writes a section for a form and for every mapping below it, each once.
    package static func text(of form: ObjectForm) -> String {
        var done: [String] = []
        var pending = [form]
        var text = ""
        while !pending.isEmpty {
            let next = pending.removeFirst()
            guard !done.contains(next.title) else { continue }
            done.append(next.title)
            text += section(next)
            for key in next.keys { pending += objects(in: key.form) }
        }
        return text
    }

    private static func section(_ form: ObjectForm) -> String {
        var text = "\n## \(form.title)\n\n"
        if !form.notes.isEmpty { text += form.notes + "\n\n" }
        text += "| Key | Value | Default | What it does |\n| --- | --- | --- | --- |\n"
        for key in form.keys where key.availability == .now {
            let standard = key.isRequired ? "required" : key.standard.map { "`\($0)`" } ?? ""
            let example = key.example.map { " Example: `\($0)`." } ?? ""
            text +=
                "| `\(key.name)` | \(escape(key.form.noun)) | \(escape(standard)) | \(escape(key.text + example)) |\n"
        }
        let later = form.keys.filter { $0.availability == .later }
        guard !later.isEmpty else { return text }
        let names = later.map { "`\($0.name)` (\($0.text))" }.joined(separator: ", ")
        return text + "\nKept for later versions, and refused by this one: \(names).\n"
    }

    private static func escape(_ text: String) -> String {
        String(text.flatMap { $0 == "|" ? "\\|" : $0 == "\n" ? " " : String($0) })
    }

    private static func objects(in form: Form) -> [ObjectForm] {
        switch form {
        case .object(let object): [object]
        case .map(let map): objects(in: map.value)
        case .list(let element, _): objects(in: element)
        case .either(let forms): forms.flatMap { objects(in: $0) }
        case .text, .boolean, .anything: []
        }
    }
}
