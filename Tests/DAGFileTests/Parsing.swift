import Core
import DAGFile
import YAML

/// The zones that the tests' files may name, without the system's zone data.
func testZone(_ name: String) throws -> TimeZoneRules {
    guard name == "UTC" else { throw UnknownZone(name: name) }
    return .utc
}

struct UnknownZone: Error, CustomStringConvertible {
    var name: String
    var description: String { "there is no time zone '\(name)'" }
}

/// Parses a text as the file `test.yaml`.
func parse(_ text: String) -> DAGFile.ParseResult {
    DAGFile.parse(source: Array(text.utf8), path: "test.yaml", id: "test", zones: testZone)
}

extension DAGFile.ParseResult {
    /// What must be mended, a line each, without the file's name.
    var complaints: [String] { lines { $0 != .info } }

    /// Everything that was found, a line each.
    var everything: [String] { lines { _ in true } }

    private func lines(_ isWanted: (Problem.Severity) -> Bool) -> [String] {
        problems.filter { isWanted($0.severity) }.map { problem in
            let hint = problem.hint.map { " [\($0)]" } ?? ""
            let severity = problem.severity == .error ? "" : "\(problem.severity.rawValue): "
            return "\(problem.mark.line):\(problem.mark.column) \(severity)\(problem.message)\(hint)"
        }
    }
}
