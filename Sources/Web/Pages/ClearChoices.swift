import Core
import Scheduler
import Store

/// Which tasks a clear means, in words, with the links that change that.
struct ClearChoicesView: Sendable {
    /// A sentence such as `Chosen: load, with what comes after`.
    let chosenWords: String
    let variants: [Link]

    /// Puts a choice in words.
    ///
    /// `tasks`: The names that the address has; empty: all of the run. `mapIndex`: The one instance of them.
    init(dag: String, path: String, tasks: [String], mapIndex: Int?, flags: Set<String>) {
        chosenWords = Self.words(tasks, mapIndex, flags)
        let chosen =
            tasks.map { "task=\(Address.segment($0))" } + (mapIndex.map { ["map=\($0)"] } ?? [])
        // All of a run has nothing before or after it.
        let directions = [
            ("downstream", "Add what comes after", "Leave out what comes after"),
            ("upstream", "Add what comes before", "Leave out what comes before"),
        ]
        let failed = ("failed", "Only those that failed or are blocked", "Those that succeeded too")
        variants =
            ((tasks.isEmpty ? [] : directions) + [failed]).map { flag, off, on in
                let turned = flags.symmetricDifference([flag]).sorted().map { "\($0)=1" }
                let query = (chosen + turned).joined(separator: "&")
                return Link(
                    path: "\(path)/clear\(query.isEmpty ? "" : "?\(query)")",
                    text: flags.contains(flag) ? on : off
                )
            } + [Self.others(dag: dag, tasks: tasks, flags: flags)]
    }

    private static func words(_ tasks: [String], _ mapIndex: Int?, _ flags: Set<String>) -> String {
        var words = "Chosen: "
        if tasks.isEmpty {
            words += "the whole run"
        } else {
            let rest = tasks.count - 5
            words += tasks.prefix(5).joined(separator: ", ") + (mapIndex.map { " [\($0)]" } ?? "")
            words += rest > 0 ? " and \(Quantity.count(rest, "other task"))" : ""
            let around = [
                flags.contains("upstream") ? "what comes before" : nil,
                flags.contains("downstream") ? "what comes after" : nil,
            ].compactMap(\.self)
            if !around.isEmpty { words += ", with \(around.joined(separator: " and "))" }
        }
        if flags.contains("failed") { words += "; of that, only what failed, was cancelled or is blocked" }
        return words + "."
    }

    /// The same tasks in other runs.
    private static func others(dag: String, tasks: [String], flags: Set<String>) -> Link {
        let named = tasks.map { "task=\(Address.segment($0))" }
        let query = (named + flags.sorted().map { "\($0)=1" }).joined(separator: "&")
        return Link(
            path: "\(Address.dag(dag))/clear\(query.isEmpty ? "" : "?\(query)")",
            text: "In several runs, by date…"
        )
    }
}

/// What comes after what is cleared and stays as it is, since it did not fail.
struct ClearLeftOutView: Sendable {
    let leftOutWords: String
    /// Where it is cleared too; nil where its names would be too many for an address.
    let addPath: String?

    private static let mostNames = 6
    private static let mostInAddress = 20

    /// Nil where nothing is left out.
    init?(_ plan: ClearPlan, _ overview: RunOverview, path: String) {
        guard let topology = overview.topology, let definition = overview.definition else { return nil }
        let cleared = Set(plan.items.compactMap { topology.position(of: $0.task) })
        let ended = Set(plan.leftOut.compactMap { topology.position(of: $0.task) }).subtracting(cleared).sorted()
        guard !ended.isEmpty else { return nil }
        let names = ended.prefix(Self.mostNames).map { place in
            let task = definition.tasks[place]
            let state = overview.worst(of: place).map { Badge($0).word.lowercased() } ?? ""
            let rule = task.triggerRule == .allSuccess ? "" : ": it runs when \(task.triggerRule.meaning)"
            return "\(task.id) (\(state)\(rule))"
        }
        let rest = ended.count - names.count
        let more = rest > 0 ? " and \(Quantity.count(rest, "other task"))" : ""
        leftOutWords =
            "Not cleared, though \(ended.count == 1 ? "it comes" : "they come") after: \(names.joined(separator: "; "))\(more). "
            + "What has ended well is kept, so \(ended.count == 1 ? "it does" : "they do") not run again."
        let both = (cleared.union(ended)).sorted().map { "task=\(Address.segment(definition.tasks[$0].id))" }
        addPath = both.count > Self.mostInAddress ? nil : "\(path)/clear?\(both.joined(separator: "&"))"
    }
}

extension ClearPlan.Item {
    /// The task, and which of its instances.
    var displayName: String { InstanceName.text(task, mapIndex) }
}

extension ClearPlan {
    /// What comes after and runs on; nil: nothing does.
    var runningWords: String? {
        guard !running.isEmpty else { return nil }
        let names = running.prefix(6).map(\.displayName)
        let rest = running.count - names.count
        let isOne = running.count == 1
        return "Not cleared, since \(isOne ? "it runs" : "they run"): \(names.joined(separator: ", "))"
            + (rest > 0 ? " and \(Quantity.grouped(rest)) more" : "")
            + ". \(isOne ? "It goes" : "They go") on with what was there before: cancel \(isOne ? "it" : "them") first, or "
            + "clear \(isOne ? "it" : "them") afterwards."
    }
}
