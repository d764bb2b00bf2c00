import Core
import Hummingbird
import Store

/// What the page with a DAG's source shows.
struct CodeView: Sendable {
    let name: String
    let path: String
    let file: String
    let version: Int
    let created: Moment
    let isInForce: Bool
    /// Markup.
    let lines: String
    let versions: [VersionView]
}

/// One version in the list.
struct VersionView: Sendable {
    let number: Int
    let path: String
    let created: Moment
    let size: String
    let isInForce: Bool
    let isShown: Bool
    /// Where the difference to the version before is shown.
    let diffPath: String?
}

extension Site {
    /// Shows a DAG's source, as it is in force or in the version that the query names.
    func codePage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        let versions = try await store.versions(ofDAG: record.name)
        let wanted = query(request)["version"].flatMap(Int.init) ?? record.version ?? versions.first?.number
        guard let shown = versions.first(where: { $0.number == wanted }),
            let source = try await store.source(ofDAG: record.name, version: shown.number)?.bytes
        else {
            let sentence = "There is no version \(wanted.map(String.init) ?? "") of \(record.name)."
            throw RequestError.notFound(sentence, nearest: Link(path: "\(path)/code", text: "its code"))
        }
        let view = CodeView(
            name: record.name,
            path: path,
            file: record.path,
            version: shown.number,
            created: Moment(shown.createdAt, now: now),
            isInForce: shown.isInForce,
            lines: Self.lines(of: source),
            versions: versions.prefix(50).map { version in
                VersionView(
                    number: version.number,
                    path: "\(path)/code?version=\(version.number)",
                    created: Moment(version.createdAt, now: now),
                    size: Quantity.bytes(version.byteCount),
                    isInForce: version.isInForce,
                    isShown: version.number == shown.number,
                    diffPath: version.number > 1
                        ? "\(path)/versions/v\(version.number - 1)..v\(version.number)" : nil
                )
            }
        )
        var page = PageView(title: "Code of \(record.name) · Rota", section: .dags)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path), CrumbView("Code"),
        ]
        return respond(page, "code", view, to: request, context, now: now)
    }

    private static func lines(of source: [UInt8]) -> String {
        var html = HTMLText(capacity: source.count * 2)
        var text = TerminalText()
        let body = source.last == UInt8(ascii: "\n") ? source.dropLast() : source[...]
        for (index, line) in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            html.markup("<li id=\"L\(index + 1)\"><a href=\"#L\(index + 1)\">\(index + 1)</a>")
            text.render(Array(line), into: &html)
            html.markup("</li>\n")
        }
        return html.string
    }
}
