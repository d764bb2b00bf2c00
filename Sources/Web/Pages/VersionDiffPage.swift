import Core
import Hummingbird
import Store

/// What the page of two versions of a DAG shows.
struct VersionDiffView: Sendable {
    let name: String
    let dagPath: String
    let from: Int
    let to: Int
    let fromPath: String
    let toPath: String
    let fromDate: Moment
    let toDate: Moment
    let summary: String
    let file: String
    /// Markup; nil where nothing differs.
    let lines: String?
    let earlier: String?
    let later: String?
}

extension Site {
    /// So many unchanged lines stand about a change.
    private static let contextLines = 3

    /// Shows what changed in a DAG's file between two versions, or one version where only one is named.
    func versionDiffPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        let range = try context.parameters.require("range")
        guard let versions = VersionRange(range) else {
            let sentence = "'\(range.shortened)' names no versions. An address ends in v1..v2, say."
            throw RequestError.notFound(sentence, nearest: Link(path: "\(path)/code", text: "all versions"))
        }
        guard versions.from != versions.to else { return redirect(to: "\(path)/code?version=\(versions.to)") }
        let known = try await store.versions(ofDAG: record.name)
        func find(_ number: Int) async throws -> (DAGVersionRecord, [UInt8]) {
            guard let version = known.first(where: { $0.number == number }),
                let source = try await store.source(ofDAG: record.name, version: number)
            else {
                let sentence = "There is no version \(number) of \(record.name)."
                throw RequestError.notFound(sentence, nearest: Link(path: "\(path)/code", text: "all versions"))
            }
            return (version, source.bytes)
        }
        let (before, old) = try await find(versions.from)
        let (after, new) = try await find(versions.to)
        let diff = SourceDiff(from: old, to: new)
        let newest = known.first?.number ?? 0
        let view = VersionDiffView(
            name: record.name,
            dagPath: path,
            from: before.number,
            to: after.number,
            fromPath: "\(path)/code?version=\(before.number)",
            toPath: "\(path)/code?version=\(after.number)",
            fromDate: Moment(before.createdAt, now: now),
            toDate: Moment(after.createdAt, now: now),
            summary: diff.summary,
            file: record.path,
            lines: diff.markup(context: Self.contextLines),
            earlier: before.number > 1 ? "\(path)/versions/v\(before.number - 1)..v\(before.number)" : nil,
            later: after.number < newest ? "\(path)/versions/v\(after.number)..v\(after.number + 1)" : nil
        )
        let title = "\(record.name), version \(before.number) to \(after.number)"
        var page = PageView(title: "\(title) · Rota", section: .dags)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path),
            CrumbView("Code", path: "\(path)/code"), CrumbView("\(before.number) to \(after.number)"),
        ]
        return respond(page, "versiondiff", view, to: request, context, now: now)
    }
}

/// Two versions as an address names them: `v40..v41`, or one of them: `v41`.
struct VersionRange: Hashable, Sendable {
    let from: Int
    let to: Int

    /// Reads the end of an address; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.filter { !$0.isEmpty }.map { part in
            part.first == "v" && part.dropFirst().allSatisfy(\.isNumber) ? Int(part.dropFirst()) : nil
        }
        switch (parts.count, numbers.first ?? nil, numbers.last ?? nil) {
        case (1, let one?, _): (from, to) = (one, one)
        case (3, let first?, let last?) where numbers.count == 2 && parts[1].isEmpty: (from, to) = (first, last)
        default: return nil
        }
    }
}

/// The difference between two texts as lines of HTML.
struct SourceDiff: Sendable {
    private let old: [ArraySlice<UInt8>]
    private let new: [ArraySlice<UInt8>]
    private let diff: LineDiff

    init(from old: [UInt8], to new: [UInt8]) {
        self.old = Self.lines(old)
        self.new = Self.lines(new)
        diff = LineDiff(from: self.old, to: self.new)
    }

    /// Such as `3 lines added, 1 removed`.
    var summary: String {
        if diff.added + diff.removed == 0 { return "No line differs" }
        return "\(Quantity.count(diff.added, "line")) added, \(Quantity.grouped(diff.removed)) removed"
    }

    /// Lists of lines, one for each part that changed; nil where nothing did.
    func markup(context: Int) -> String? {
        var html = HTMLText(capacity: 4_000)
        let hunks = diff.hunks(context: context)
        guard !hunks.isEmpty else { return nil }
        for hunk in hunks {
            html.markup("<ol>")
            for step in hunk { item(step, into: &html) }
            html.markup("</ol>\n")
        }
        return html.string
    }

    private func item(_ step: LineDiff.Step, into html: inout HTMLText) {
        let (css, sign, line, numbers): (String, String, ArraySlice<UInt8>, (Int?, Int?)) =
            switch step {
            case .keep(let left, let right): ("", " ", old[left], (left + 1, right + 1))
            case .remove(let left): (" class=\"del\"", "−", old[left], (left + 1, nil))
            case .add(let right): (" class=\"add\"", "+", new[right], (nil, right + 1))
            }
        html.markup("<li\(css)><i>\(numbers.0.map(String.init) ?? "")</i><i>\(numbers.1.map(String.init) ?? "")</i>")
        html.markup("<b>\(sign)</b>")
        var text = TerminalText()
        text.render(Array(line), into: &html)
        html.markup("</li>")
    }

    private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        let body = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
        return body.isEmpty ? [] : body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }
}
