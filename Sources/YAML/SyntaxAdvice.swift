/// Says libyaml's complaints in words for people, with the usual cause.
enum SyntaxAdvice {
    static func problem(for error: SyntaxError, source: SourceText) -> Problem {
        let line = source.line(error.mark.line) ?? ""
        if let mark = unquotedBraces(near: error, source: source) { return unquotedBraces(at: mark) }
        if let mark = tab(near: error, source: source) {
            return Problem(
                at: mark,
                "a tab stands where only spaces may",
                hint: "indent with spaces; to have a tab in a text, put it in quotes"
            )
        }
        let (message, hint) = words(for: error, line: line)
        return Problem(at: error.mark, message, hint: hint)
    }

    static func unquotedBraces(at mark: Mark) -> Problem {
        Problem(
            at: mark,
            "a text that begins with '{{' must be in quotes: '{' begins a mapping in YAML",
            hint: "write \"{{ … }}\""
        )
    }

    private static func words(for error: SyntaxError, line: String) -> (String, String?) {
        let began = error.contextMark.map { $0.line == error.mark.line ? "" : " (it began in line \($0.line))" } ?? ""
        switch error.problem {
        case "mapping values are not allowed in this context":
            return (
                "a ':' is not possible here",
                "is the line indented like its neighbours? A text that contains ': ' must be in quotes"
            )
        case "did not find expected key":
            return (
                "expected a key, or the end of the mapping\(began)", "check quotes and the indentation of this line"
            )
        case "could not find expected ':'":
            return ("expected ':' after a key\(began)", "is a ':' missing, or an indentation wrong?")
        case "did not find expected '-' indicator":
            return ("expected '-' for the next element of the list\(began)", "check the indentation of this line")
        case "did not find expected ',' or '}'":
            return (
                "expected ',' or '}' in the mapping in braces\(began)", "a text with ',' or '}' in it must be in quotes"
            )
        case "did not find expected ',' or ']'":
            return (
                "expected ',' or ']' in the list in brackets\(began)", "a text with ',' or ']' in it must be in quotes"
            )
        case "found unexpected end of stream":
            return ("the file ends inside a text in quotes\(began)", "close the quotes")
        case "found unknown escape character":
            return (
                "an escape that is not known, in a text in double quotes",
                "write \\\\ for a backslash, or use single quotes"
            )
        case "block sequence entries are not allowed in this context":
            return (
                "a '-' is not possible here", "a list begins on the line after its key, each element with its own '-'"
            )
        case "found undefined alias", "found character that cannot start any token":
            return ("a text cannot begin with this character", "put the text in quotes")
        case "did not find expected <document start>", "did not find expected <stream-start>":
            return ("expected the end of the file, or a key", "check the indentation of this line")
        case "did not find expected alphabetic or numeric character":
            return ("a text cannot begin with '*' or '&'", "put the text in quotes")
        default:
            return ("this is not YAML: \(error.problem)\(began)", nil)
        }
    }

    /// A value that begins with `{{` without quotes leads to many complaints, some of them further down.
    private static func unquotedBraces(near error: SyntaxError, source: SourceText) -> Mark? {
        for number in [error.mark.line, error.mark.line - 1, error.contextMark?.line ?? 0] where number > 0 {
            guard let line = source.line(number) else { continue }
            let scalars = Array(line.unicodeScalars)
            for index in scalars.indices.dropLast() where scalars[index] == "{" && scalars[index + 1] == "{" {
                let before = scalars[..<index].last { $0 != " " }
                guard before == nil || before == ":" || before == "-" else { break }
                return Mark(line: number, column: index + 1)
            }
        }
        return nil
    }

    /// A tab in the indentation of the line, or at the very place.
    private static func tab(near error: SyntaxError, source: SourceText) -> Mark? {
        for number in [error.mark.line, error.mark.line - 1] where number > 0 {
            let scalars = Array((source.line(number) ?? "").unicodeScalars)
            if let index = scalars.firstIndex(where: { $0 != " " }), scalars[index] == "\t" {
                return Mark(line: number, column: index + 1)
            }
            let column = error.mark.column - 1
            if number == error.mark.line, column < scalars.count, scalars[column] == "\t" { return error.mark }
        }
        return nil
    }
}
