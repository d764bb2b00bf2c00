/// How the limits of one attempt are kept on this host, and what is to be said of it.
package struct LimitPlan: Hashable, Sendable {
    /// Whether the attempt gets a group of its own in the cgroup tree.
    package var hasGroup = false
    /// The address space that each of its processes may have, where its memory as a whole cannot be limited.
    package var addressSpace: Int64?
    /// A sentence about what is not as the task asks for; nil: all is.
    package var note: String?

    /// Whether the command starts as any other.
    package var isEmpty: Bool { !hasGroup && addressSpace == nil }

    /// Decides by what groups can limit here; nil: there are no groups.
    package init(_ limits: ResourceLimits, controllers: Set<String>?) {
        guard !limits.isEmpty else { return }
        hasGroup = controllers != nil
        var notes: [String] = []
        let reason =
            controllers == nil
            ? "this host gives Rota no cgroup v2 folder" : "the cgroup v2 folder that this host gives Rota has no"
        if let memory = limits.memory, controllers?.contains("memory") != true {
            addressSpace = memory
            let why = controllers == nil ? reason : "\(reason) memory controller"
            notes.append(
                "its \(limits.memoryWords ?? "") of memory were the limit of each process for itself, as \(why)"
            )
        }
        if let words = limits.processorWords, controllers?.contains("cpu") != true {
            let why = controllers == nil ? reason : "\(reason) cpu controller"
            notes.append("its limit of \(words) was not kept, as \(why)")
        }
        if !notes.isEmpty { note = notes.joined(separator: "; ") }
    }
}
