import Core
import Testing
import YAML

struct ProblemTests {
    private let problem = Problem(
        path: "sales.yaml",
        at: Mark(line: 2, column: 11),
        "unknown task 'extrct' in needs of 'load'",
        hint: "did you mean 'extract'?"
    )

    @Test func `one line says it all`() {
        #expect(
            problem.description
                == "sales.yaml:2:11: error: unknown task 'extrct' in needs of 'load'. Did you mean 'extract'?"
        )
    }

    @Test func `a terminal shows the line with a caret`() {
        let source = SourceText(Array("tasks:\n  needs: [extrct]\n".utf8))
        #expect(
            problem.render(source: source, hasColour: false) == """
                sales.yaml:2:11: error: unknown task 'extrct' in needs of 'load'
                 2 |   needs: [extrct]
                   |           ^
                   hint: did you mean 'extract'?

                """
        )
        #expect(problem.render(source: source, hasColour: true).contains("\u{1B}[31merror:\u{1B}[0m"))
    }

    @Test func `a long line is shown around its place, without control characters`() {
        let line = String(repeating: "x", count: 500) + "\u{1B}!" + String(repeating: "y", count: 500)
        let problem = Problem(path: "a", at: Mark(line: 1, column: 502), "bad")
        let rendered = problem.render(source: SourceText(Array(line.utf8)), hasColour: false)
        let lines = rendered.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count < 130 && !$0.contains("\u{1B}") })
        let caret = lines[2].firstIndex(of: "^").map { lines[2].distance(from: lines[2].startIndex, to: $0) }
        #expect(caret.map { Array(lines[1])[$0] } == "!")
    }

    @Test func `a place beyond the file is no trouble`() {
        let problem = Problem(path: "a", at: Mark(line: 7, column: 9), "bad")
        #expect(problem.render(source: SourceText([]), hasColour: false) == "a:7:9: error: bad\n")
    }

    @Test func `JSON has the facts`() {
        #expect(
            problem.json.description
                == "{\"file\":\"sales.yaml\",\"line\":2,\"column\":11,\"severity\":\"error\",\"message\":"
                + "\"unknown task 'extrct' in needs of 'load'\",\"hint\":\"did you mean 'extract'?\"}"
        )
    }

    @Test func `problems are in the file's order, errors first`() {
        let mark = Mark(line: 1, column: 1)
        let note = Problem(at: mark, "a", severity: .info)
        let error = Problem(at: mark, "b")
        let later = Problem(at: Mark(line: 2, column: 1), "a")
        #expect([later, note, error].sorted() == [error, note, later])
    }
}
