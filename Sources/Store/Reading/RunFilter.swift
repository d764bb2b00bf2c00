package import Core

/// Which runs a listing shows.
package struct RunFilter: Hashable, Sendable {
    /// The DAG's name; nil: of all DAGs.
    package var dag: String?
    /// Any of these; empty: every state.
    package var states: [RunState]

    /// Filters nothing unless told so.
    package init(dag: String? = nil, states: [RunState] = []) {
        self.dag = dag
        self.states = states
    }

    /// The statement's condition, in words of which a partial index can be sure.
    var condition: String {
        let set = Set(states)
        if set.isEmpty { return "true" }
        let words = set.map(\.rawValue).sorted().map { "'\($0)'" }.joined(separator: ", ")
        return "r.state IN (\(words))"
    }

    /// A name for the statement of this filter; states are few, so that statements are few as well.
    var suffix: String {
        let letters = Set(states).map { String($0.rawValue.prefix(1)) }.sorted().joined()
        return (dag == nil ? "all" : "dag") + (letters.isEmpty ? "" : "_" + letters)
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
