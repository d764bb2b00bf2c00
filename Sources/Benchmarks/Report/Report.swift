import Core
import Glibc

/// All findings of one call, as a table for people and as JSON for programs.
struct Report: Sendable {
    var machine: MachineDescription
    var bench: Bench
    var findings: [Finding]

    /// A Markdown table, and below it what a reader should know.
    var table: String {
        var lines = [
            "", "\(machine.text); seed \(bench.seed), size \(bench.size) %", "",
            "| # | Work | Goal | Today | Limit here | Ratio | Met | Load |", "|---|---|---|---|---|---|---|---|",
        ]
        for finding in findings {
            let goals = finding.figures.compactMap(\.goalText).joined(separator: ", ")
            let cells = [
                finding.row, finding.work, goals.isEmpty ? "–" : goals,
                finding.figures.map(\.text).joined(separator: ", "), finding.limit?.text ?? "–",
                finding.ratio.map { "\(Figure.number($0)) ×" } ?? "–",
                finding.isMet.map { $0 ? "yes" : "no" } ?? "–", Figure.number(finding.load),
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        let notes = findings.flatMap { finding in finding.notes.map { "- \(finding.row): \($0)" } }
        if !notes.isEmpty { lines += [""] + notes }
        return lines.joined(separator: "\n")
    }

    /// The same as one JSON document; every number in the unit beside it.
    var json: String {
        JSONValue.object([
            .init("machine", machine.json), .init("seed", .number("\(bench.seed)")),
            .init("size_percent", .number("\(bench.size)")), .init("rows", .array(findings.map(\.json))),
        ]).description
    }

    func write(to path: String) throws(BenchFailure) {
        let bytes = Array((json + "\n").utf8)
        guard path != "-" else {
            _ = unsafe Glibc.write(1, bytes, bytes.count)
            return
        }
        try TextFile.write(bytes, to: path)
    }
}

extension JSONValue.Member {
    init(_ name: String, _ value: JSONValue) { self.init(name: name, value: value) }
}

extension JSONValue {
    /// A measured number; what is none becomes null, as JSON has it.
    static func figure(_ value: Double) -> JSONValue { value.isFinite ? .number("\(value)") : .null }
}

extension Finding {
    var json: JSONValue {
        .object([
            .init("row", .string(row)), .init("work", .string(work)), .init("figures", .array(figures.map(\.json))),
            .init("limit", limit?.json ?? .null), .init("ratio", ratio.map(JSONValue.figure) ?? .null),
            .init("met", isMet.map(JSONValue.boolean) ?? .null), .init("load", .figure(load)),
            .init("notes", .array(notes.map(JSONValue.string))),
        ])
    }
}

extension Figure {
    var json: JSONValue {
        .object([
            .init("name", .string(name)), .init("value", .figure(value)), .init("unit", .string(unit.rawValue)),
            .init("goal", goalText.map(JSONValue.string) ?? .null),
        ])
    }
}
