import Core
import Hummingbird
import Store

/// What the list of runners shows.
struct RunnerListView: Sendable {
    let rows: [RunnerRowView]
    let hasRows: Bool
}

/// One runner.
struct RunnerRowView: Sendable {
    let badge: Badge
    let why: String?
    let name: String
    let runnerPath: String
    let kind: String
    let slots: Int
    let used: Int
    let usage: String
    let heard: Moment?
    let heardAge: String
    let labels: String
    let host: String
    let drain: String?
    let copy: String?
    let copyInShort: String?

    init(_ record: RunnerRecord, now: Timestamp) {
        badge =
            switch record.state {
            case .online where record.drain != nil:
                Badge(word: "Drained", glyph: Badge.waiting.glyph, css: Badge.waiting.css)
            case .online: Badge(word: "Online", glyph: Badge.success.glyph, css: Badge.success.css)
            case .unreachable: Badge(word: "Not answering", glyph: Badge.failed.glyph, css: Badge.failed.css)
            case .held: Badge(word: "Held", glyph: Badge.waiting.glyph, css: Badge.waiting.css)
            }
        why = record.reason.map(Ending.plain) ?? record.busyReason.map { "takes nothing more: \($0)" }
        name = record.name
        runnerPath = Address.runner(record.name)
        let way = record.address ?? (record.joinedAt == nil ? nil : "dials in")
        kind = way.map { "\(record.kind.rawValue), \($0)" } ?? record.kind.rawValue
        drain = record.drain.map { drain in
            "Takes nothing new since \(WhyWords.at(drain.at, now)), by \(drain.actor)"
                + (drain.reason.map { ": \($0)" } ?? ".")
        }
        // One that is held for it says so as its reason.
        let age = (record.state == .held ? nil : record.copyAt).map { Moment.age(of: $0, now: now) }
        copy = age.map { "A host was refused \($0): \(Ending.plain(record.copyReason ?? "it is a copy"))." }
        copyInShort = age.map { "A copy of its host was refused \($0)." }
        slots = max(1, record.slots)
        used = record.slotsInUse
        usage = "\(record.slotsInUse) of \(record.slots)"
        heard = record.lastContactAt.map { Moment($0, now: now, seconds: true) }
        heardAge = record.lastContactAt.map { Moment.age(of: $0, now: now) } ?? "never"
        labels = record.labels.joined(separator: ", ")
        host = [record.hostName, record.version.map { "version \($0)" }].compactMap(\.self).joined(separator: ", ")
    }
}

extension Site {
    /// Lists runners.
    func runnerList(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let rows = try await store.runners().map { RunnerRowView($0, now: now) }
        let page = PageView(title: "Runners · Rota", section: .runners, refresh: 5)
        let view = RunnerListView(rows: rows, hasRows: !rows.isEmpty)
        return respond(page, "runners", view, to: request, context, now: now)
    }
}
