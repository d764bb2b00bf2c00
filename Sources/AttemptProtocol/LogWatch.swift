package import Core

/// Looks which logs of running attempts have grown.
package struct LogWatch {
    private let state: StateDirectory
    private var lengths: [AttemptID: Int64] = [:]

    /// Looks at nothing yet.
    package init(state: StateDirectory) {
        self.state = state
    }

    /// Whether there is nothing to look at.
    package var isEmpty: Bool { lengths.isEmpty }

    /// Looks at an attempt's log from now on.
    package mutating func insert(_ id: AttemptID) {
        if lengths[id] == nil { lengths[id] = 0 }
    }

    /// Looks at it no more.
    package mutating func remove(_ id: AttemptID) {
        lengths[id] = nil
    }

    /// The attempts whose logs are longer than at the last look.
    package mutating func grown() -> [AttemptID] {
        var grown: [AttemptID] = []
        for (id, known) in lengths {
            guard let facts = FileFacts(path: state.log(id)), facts.size > known else { continue }
            lengths[id] = facts.size
            grown.append(id)
        }
        return grown
    }
}
