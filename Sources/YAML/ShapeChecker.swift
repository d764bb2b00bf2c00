import Core

/// Compares a file with its language and collects everything that differs.
package struct ShapeChecker {
    /// What was found so far.
    package private(set) var problems: [Problem] = []

    /// More than anybody reads.
    private static let mostProblems = 1_000

    /// Makes a checker that has found nothing.
    package init() {}

    private mutating func add(_ problem: Problem) {
        if problems.count < ShapeChecker.mostProblems { problems.append(problem) }
    }

    /// Checks a value and all below it.
    /// - Parameters:
    ///   - node: The value.
    ///   - form: What it must look like.
    ///   - name: What the value is called in sentences, such as `'timeout' of task 'load'`.
    package mutating func check(_ node: Node, _ form: Form, name: String) {
        guard problems.count < ShapeChecker.mostProblems else { return }
        switch (form, node.content) {
        case (.anything, _): checkPresent(node, form, name: name)
        case (.either(let forms), _): check(node, either: forms, form, name: name)
        case (.text(let rule), .scalar(let scalar)): check(scalar, node, rule, form, name: name)
        case (.boolean, .scalar(let scalar)):
            guard checkPresent(node, form, name: name) else { return }
            if scalar.style != .plain || scalar.text != "true" && scalar.text != "false" {
                complain(node, form, name: name, hint: booleanHint(scalar))
            }
        case (.object(let object), .mapping(let entries)): check(entries, node, object, name: name)
        case (.object(let object), .scalar(let scalar)) where scalar.isNothing && object.mayBeNothing: break
        case (.map(let map), .mapping(let entries)): check(entries, node, map, name: name)
        case (.list(let element, _), .sequence(let elements)):
            for child in elements { check(child, element, name: "an element of \(name)") }
        default: complain(node, form, name: name)
        }
    }

    private mutating func check(_ node: Node, either forms: [Form], _ form: Form, name: String) {
        let kind: Form.Kind =
            switch node.content {
            case .scalar: .scalar
            case .mapping: .mapping
            case .sequence: .sequence
            }
        if let fitting = forms.first(where: { $0.kinds.contains(kind) }) {
            check(node, fitting, name: name)
        } else {
            complain(node, form, name: name)
        }
    }

    private mutating func check(
        _ scalar: Node.Scalar,
        _ node: Node,
        _ rule: TextRule,
        _ form: Form,
        name: String
    ) {
        guard checkPresent(node, form, name: name), let complaint = rule.complaint(scalar) else { return }
        let found = scalar.text.isEmpty ? "an empty text" : "'\(scalar.text.shortened)'"
        add(
            Problem(
                at: complaint.offset == 0 ? node.mark : node.mark(offset: complaint.offset),
                complaint.message ?? "\(name) must be \(rule.expectation); found \(found)",
                hint: complaint.hint
            )
        )
    }

    private mutating func check(_ entries: [Node.Entry], _ node: Node, _ object: ObjectForm, name: String) {
        for entry in entries where problems.count < ShapeChecker.mostProblems {
            guard let key = object.key(entry.key) else {
                add(unknown(entry, object, name: name))
                continue
            }
            switch key.availability {
            case .later:
                add(Problem(at: entry.keyMark, "'\(key.name)' is not available in this version"))
            case .now:
                check(entry.value, key.form, name: name.isEmpty ? "'\(key.name)'" : "'\(key.name)' of \(name)")
            }
        }
        for key in object.keys where key.isRequired && !entries.contains(where: { $0.key == key.name }) {
            let place = name.isEmpty ? "the file" : name
            add(Problem(at: node.mark, "\(place) has no '\(key.name)'", hint: key.text))
        }
    }

    private func unknown(_ entry: Node.Entry, _ object: ObjectForm, name: String) -> Problem {
        let known = object.keys.filter { $0.availability == .now }.map(\.name)
        let place = name.isEmpty ? "the file" : name
        let message = "unknown key '\(entry.key.shortened)' in \(place)"
        if let hint = object.hints[entry.key] { return Problem(at: entry.keyMark, message, hint: hint) }
        if let nearest = Spelling.nearest(to: entry.key, among: known) {
            return Problem(at: entry.keyMark, message, hint: "did you mean '\(nearest)'?")
        }
        return Problem(at: entry.keyMark, message, hint: "known keys are: \(known.joined(separator: ", "))")
    }

    private mutating func check(_ entries: [Node.Entry], _ node: Node, _ map: MapForm, name: String) {
        if entries.count < map.least { complain(node, .map(map), name: name, hint: "there must be at least one") }
        if entries.count > map.limit {
            add(Problem(at: node.mark, "\(name) has \(entries.count) entries; at most \(map.limit)"))
            return
        }
        for entry in entries where problems.count < ShapeChecker.mostProblems {
            if let complaint = map.keyRule.complaint(Node.Scalar(text: entry.key, style: .plain)) {
                let text =
                    "'\(entry.key.shortened)' is not the name of a \(map.keyNoun): expected \(map.keyRule.expectation)"
                add(Problem(at: entry.keyMark, complaint.message ?? text, hint: complaint.hint))
            }
            check(entry.value, map.value, name: "\(map.keyNoun) '\(entry.key.shortened)'")
        }
    }

    /// Says whether the file says anything here, and complains where it does not.
    @discardableResult
    private mutating func checkPresent(_ node: Node, _ form: Form, name: String) -> Bool {
        guard let scalar = node.scalar else { return true }
        if scalar.isNothing {
            let hint = "leave the key out, or write '' for an empty text"
            add(Problem(at: node.mark, "\(name) has no value; expected \(form.expectation)", hint: hint))
            return false
        }
        if scalar.isNull {
            let message = "\(name) is \(scalar.text), which means nothing here"
            let hint = "leave the key out, or put the word in quotes if it is a text"
            add(Problem(at: node.mark, message, hint: hint))
            return false
        }
        return true
    }

    private mutating func complain(_ node: Node, _ form: Form, name: String, hint: String? = nil) {
        let found: String =
            switch node.content {
            case .scalar(let scalar) where scalar.isNothing: "nothing"
            case .scalar(let scalar): "'\(scalar.text.shortened)'"
            case .sequence: "a list"
            case .mapping: "a mapping"
            }
        let what = name.isEmpty ? "the file" : name
        add(Problem(at: node.mark, "\(what) must be \(form.expectation); found \(found)", hint: hint))
    }

    private func booleanHint(_ scalar: Node.Scalar) -> String? {
        switch scalar.text.lowercased() {
        case "true", "yes", "on", "y", "1": "write true"
        case "false", "no", "off", "n", "0": "write false"
        default: nil
        }
    }
}
