import Core
import Store

/// What a list of DAGs is asked for, as its address says.
struct DAGListQuery: Sendable {
    /// Name and value of each filter, in the order in which they are shown.
    private(set) var pairs: [(name: String, value: String)] = []
    let sort: Sort
    let after: String?

    /// What the list may be sorted by.
    enum Sort: String, CaseIterable {
        case name
        /// What runs next comes first.
        case next
        /// What ran last comes first.
        case latest
        /// What failed most often comes first.
        case failed

        var words: String {
            switch self {
            case .name: "name"
            case .next: "next run"
            case .latest: "latest run"
            case .failed: "failures in 7 days"
            }
        }
    }

    /// What a DAG can be, beside the state of its latest run.
    static let conditions = ["paused", "broken", "never"]

    init(_ fields: FormFields) throws(RequestError) {
        sort = fields.filled("sort").flatMap(Sort.init(rawValue:)) ?? .name
        after = fields.filled("after")
        for name in ["state", "tag", "owner", "q"] {
            if let value = fields.filled(name) { pairs.append((name, value)) }
        }
        guard let state = self["state"] else { return }
        let states = RunState.allCases.map(\.rawValue) + Self.conditions
        guard states.contains(state) else {
            throw .invalid("There is no state '\(state.shortened)'. The states are \(states.joined(separator: ", ")).")
        }
    }

    /// The value of a filter; nil where it is not in force.
    subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// Whether it is the whole list in its usual order.
    var isPlain: Bool { pairs.isEmpty && sort == .name }

    /// Whether owners and tags must be known.
    var needsFiles: Bool { self["tag"] != nil || self["owner"] != nil }

    /// The address of the list without one of its filters, or of its next page, or sorted otherwise.
    func path(without name: String? = nil, after: String? = nil, sort other: Sort? = nil) -> String {
        var parts = pairs.filter { $0.name != name }.map { "\($0.name)=\(Address.segment($0.value))" }
        let sort = other ?? sort
        if sort != .name { parts.append("sort=\(sort.rawValue)") }
        if let after { parts.append("after=\(Address.segment(after))") }
        return parts.isEmpty ? "/dags" : "/dags?\(parts.joined(separator: "&"))"
    }

    /// The names that are listed, in order: those of the heads that every filter lets through.
    func names(_ heads: [DAGHead], _ entries: [Int: DAGCatalogue.Entry]) -> [String] {
        let found = heads.filter { head in
            let entry = head.versionRowID.flatMap { entries[$0] }
            return pairs.allSatisfy { name, value in
                switch name {
                case "state": matches(head, state: value)
                case "tag": entry?.tags.contains(value) ?? false
                case "owner": entry?.owner == value
                default: head.name.lowercased().contains(value.lowercased())
                }
            }
        }
        return sorted(found).map(\.name)
    }

    private func matches(_ head: DAGHead, state: String) -> Bool {
        switch state {
        case "paused": head.isPaused
        case "broken": head.isBroken
        case "never": head.state == nil
        default: head.state?.rawValue == state
        }
    }

    private func sorted(_ heads: [DAGHead]) -> [DAGHead] {
        let (early, late) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        switch sort {
        case .name: return heads
        case .next: return heads.sorted { ($0.soonest ?? late, $0.name) < ($1.soonest ?? late, $1.name) }
        case .latest: return heads.sorted { ($1.latest ?? early, $0.name) < ($0.latest ?? early, $1.name) }
        case .failed: return heads.sorted { ($1.failures, $0.name) < ($0.failures, $1.name) }
        }
    }
}

extension DAGHead {
    /// When it runs next; nil where nothing will be created.
    fileprivate var soonest: Timestamp? { isPaused ? nil : nextRun }
}
