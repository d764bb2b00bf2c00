import Core
import Scheduler

/// What becomes of one task instance.
///
/// Its fields share no name with those of pages: a template would take those where these are missing.
struct EffectView: Sendable {
    let effectName: String
    let was: Badge?
    let becomes: Badge
    let effectNote: String?

    init(_ change: VerbPlan.Change) {
        effectName = InstanceName.text(change.task, change.mapIndex)
        was = change.old.map { Badge($0) }
        becomes = Badge(change.new)
        effectNote = change.isAsked ? "runs, and is asked to end" : nil
    }
}

/// What becomes of tasks, cut where it gets too long to read.
struct EffectsView: Sendable {
    let effects: [EffectView]
    let moreEffects: String?

    private static let most = 100

    init(_ changes: [VerbPlan.Change]) {
        effects = changes.prefix(Self.most).map { EffectView($0) }
        let rest = changes.count - effects.count
        moreEffects = rest > 0 ? "and \(Quantity.count(rest, "task")) more" : nil
    }
}

/// The list of what a plan changes, with what becomes of the run.
struct EffectListView: Sendable {
    let all: EffectsView
    let runEffect: String
    /// A word for exactly this plan, and its lines, for who sends it back.
    let plan: String
    let seen: String

    init(_ plan: VerbPlan) {
        all = EffectsView(plan.changes)
        let (old, new) = (Badge(plan.oldState).word.lowercased(), Badge(plan.newState).word.lowercased())
        runEffect = old == new ? "The run stays \(old)." : "The run is \(old) and becomes \(new)."
        self.plan = plan.hash
        seen = PlanLines.text(plan.lines)
    }
}

/// What has changed in a plan since it was shown.
struct PlanChangeView: Sendable {
    let headline: String
    let gone: [String]
    let hasGone: Bool
    let appeared: [String]
    let hasAppeared: Bool

    private static let most = 20

    /// `seen`: The lines of the plan that was agreed to, as the form brought them back.
    init(_ headline: String, seen: String?, now lines: [String]) {
        self.headline = headline
        let before = PlanLines.lines(seen ?? "")
        // What was cut cannot be told from what went.
        let isWhole = seen != nil && before.count < PlanLines.most && lines.count < PlanLines.most
        let (old, new) = (Set(before), Set(lines))
        gone = isWhole ? Self.cut(before.filter { !new.contains($0) }) : []
        appeared = isWhole ? Self.cut(lines.filter { !old.contains($0) }) : []
        hasGone = !gone.isEmpty
        hasAppeared = !appeared.isEmpty
    }

    private static func cut(_ lines: [String]) -> [String] {
        lines.count <= most ? lines : lines.prefix(most) + ["and \(Quantity.grouped(lines.count - most)) more"]
    }
}

/// A plan as lines of text that a form carries and brings back.
enum PlanLines {
    /// A plan of more lines is carried cut, and then only its hash tells whether it has changed.
    static let most = 400

    static func text(_ lines: [String]) -> String { lines.prefix(most).joined(separator: "\n") }

    /// Browsers send line ends as two characters.
    static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).prefix(most).map(String.init)
    }
}

extension VerbPlan {
    /// A line for each change.
    var lines: [String] { changes.map(\.line) }
}

extension VerbPlan.Change {
    fileprivate var line: String {
        let name = InstanceName.text(task, mapIndex)
        let was = old.map { Badge($0).word.lowercased() } ?? "none"
        return "\(name): \(was) to \(Badge(new).word.lowercased())"
    }
}

extension ClearPlan {
    /// A line for each task that begins anew, and for each other that changes with them.
    var lines: [String] {
        items.map { "\($0.displayName): \(Badge($0.state).word.lowercased())" } + also.map(\.line)
    }
}
