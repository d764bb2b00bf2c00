import AttemptProtocol
import Core

/// Looks which logs of running attempts have grown.
struct LocalLogWatch {
    private let state: StateDirectory
    private var lengths: [AttemptID: Int64] = [:]

    init(state: StateDirectory) {
        self.state = state
    }

    /// Whether there is nothing to look at.
    var isEmpty: Bool { lengths.isEmpty }

    /// Looks at an attempt's log from now on.
    mutating func insert(_ id: AttemptID) {
        if lengths[id] == nil { lengths[id] = 0 }
    }

    /// Looks at it no more.
    mutating func remove(_ id: AttemptID) {
        lengths[id] = nil
    }

    /// The attempts whose logs are longer than at the last look.
    mutating func grown() -> [AttemptID] {
        var grown: [AttemptID] = []
        for (id, known) in lengths {
            guard let facts = FileFacts(path: state.log(id)), facts.size > known else { continue }
            lengths[id] = facts.size
            grown.append(id)
        }
        return grown
    }
}
