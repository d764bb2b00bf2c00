package import Core
import Postgres

/// Which runs a listing shows.
package struct RunFilter: Hashable, Sendable {
    /// The DAG's name; nil: of all DAGs.
    package var dag: String?
    /// Any of these; empty: every state.
    package var states: [RunState]

    /// Only logical dates from this instant on; nil: all.
    package var from: Timestamp?
    /// Only logical dates before this instant; nil: all.
    package var to: Timestamp?
    /// Only runs of this backfill; nil: all.
    package var backfill: Int?
    /// Only runs that were made from this instant on; nil: all.
    package var since: Timestamp?
    /// Only runs that were made before this instant; nil: all.
    package var until: Timestamp?
    /// Only runs of these DAGs, by their row ids; nil: of all.
    package var dags: [Int]?

    /// Filters nothing unless told so.
    package init(
        dag: String? = nil,
        states: [RunState] = [],
        from: Timestamp? = nil,
        to: Timestamp? = nil,
        backfill: Int? = nil,
        since: Timestamp? = nil,
        until: Timestamp? = nil,
        dags: [Int]? = nil
    ) {
        self.dag = dag
        self.states = states
        self.from = from
        self.to = to
        self.backfill = backfill
        self.since = since
        self.until = until
        self.dags = dags
    }

    private var hasSpan: Bool { from != nil || to != nil }
    private var hasMade: Bool { since != nil || until != nil }

    /// Whether it lets every run through.
    package var isEmpty: Bool { self == RunFilter() }

    /// The statement's condition, in words of which a partial index can be sure.
    var condition: String {
        let words = Set(states).map(\.rawValue).sorted().map { "'\($0)'" }.joined(separator: ", ")
        return [
            words.isEmpty ? "true" : "r.state IN (\(words))",
            hasSpan
                ? "r.logical_date >= $5 AND r.logical_date < $6"
                : "$5::timestamptz IS NULL AND $6::timestamptz IS NULL",
            backfill == nil ? "$7::bigint IS NULL" : "r.backfill_id = $7",
            hasMade
                ? "r.created_at >= $8 AND r.created_at < $9"
                : "$8::timestamptz IS NULL AND $9::timestamptz IS NULL",
            dags == nil ? "$10::bigint[] IS NULL" : "r.dag_id = ANY ($10::bigint[])",
            // It always holds, and names the index of what has not ended.
            !states.isEmpty && states.allSatisfy { !$0.isTerminal } ? "r.dag_id > 0" : "true",
        ].joined(separator: " AND ")
    }

    /// The values of the condition: from $5 on.
    var values: [any PostgresEncodable] {
        // The years that PostgreSQL and RFC 3339 have in common.
        let (least, most) = (Timestamp(seconds: -62_135_596_800), Timestamp(seconds: 253_402_300_799))
        return [
            hasSpan ? from ?? least : nil, hasSpan ? to ?? most : nil, backfill, hasMade ? since ?? least : nil,
            hasMade ? until ?? most : nil, dags,
        ]
    }

    /// A name for the statement of this filter; states are few, so that statements are few as well.
    var suffix: String {
        let letters = Set(states).map { String($0.rawValue.prefix(1)) }.sorted().joined()
        let parts = [
            dag == nil ? "all" : "dag", letters, hasSpan ? "span" : "", backfill == nil ? "" : "backfill",
            hasMade ? "made" : "", dags == nil ? "" : "some",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: "_")
    }
}

/// A place between two runs of a listing: the one that was shown last.
package struct RunCursor: Hashable, Sendable {
    /// The logical date in a listing of one DAG, else the creation.
    package var at: Timestamp
    package var rowID: Int

    /// Pairs the two keys of the order.
    package init(at: Timestamp, rowID: Int) {
        self.at = at
        self.rowID = rowID
    }

    /// Reads what `description` wrote; nil for anything else.
    package init?(_ text: String) {
        let halves = text.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count == 2, let microseconds = Int64(halves[0], radix: 36), let row = Int(halves[1], radix: 36)
        else { return nil }
        at = Timestamp(microseconds: microseconds)
        rowID = row
    }
}

extension RunCursor: CustomStringConvertible {
    /// A short text, for addresses.
    package var description: String {
        String(at.microseconds, radix: 36) + "." + String(rowID, radix: 36)
    }
}

/// One page of a listing.
package struct Page<Item: Sendable, Cursor: Sendable>: Sendable {
    package var items: [Item]
    /// Where the next page begins; nil on the last.
    package var next: Cursor?

    /// Joins items with what follows them.
    package init(items: [Item], next: Cursor?) {
        self.items = items
        self.next = next
    }
}

extension Page: Equatable where Item: Equatable, Cursor: Equatable {}
