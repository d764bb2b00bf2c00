import AttemptProtocol
import Core
import Glibc

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
            var facts = stat()
            guard unsafe stat(state.log(id), &facts) == 0, Int64(facts.st_size) > known else { continue }
            lengths[id] = Int64(facts.st_size)
            grown.append(id)
        }
        return grown
    }
}
