import Core
import Hummingbird
import Store

/// What the page of a mapped task shows.
struct MappedTaskView: Sendable {
    let badge: Badge
    let name: String
    let summary: String
    let counts: [CountView]
    let canClear: Bool
    let clearPath: String
    let canClearFailed: Bool
    let clearFailedPath: String
    let markPath: String
    let canCancel: Bool
    let cancelPath: String
    let formKey: String
    let instances: [InstanceRowView]
    let isEmpty: Bool
    let more: String?
    /// Why it does not go on.
    let whys: [WhyView]
}

/// An instance in a mapped task's table.
///
/// Its fields share no name with the page's optional ones: a template would take those where these are missing.
struct InstanceRowView: Sendable {
    let badge: Badge
    let why: String?
    let index: Int
    let path: String
    let item: String
    let attempts: String
    let instanceStarted: Moment?
    let took: String
    let runner: String

    /// As many characters of an item as a table has room for.
    private static let mostItem = 80

    init(_ task: TaskRecord, run: RunName, now: Timestamp) {
        let row = TaskRowView(task, run: run, needs: [], now: now)
        badge = row.badge
        why = row.why
        index = task.mapIndex ?? 0
        path = row.path
        let text = task.item ?? ""
        let isLong = text.unicodeScalars.count > Self.mostItem
        item = isLong ? String(text.unicodeScalars.prefix(Self.mostItem)) + "…" : text
        attempts = row.attempts
        instanceStarted = row.taskStarted
        took = row.took
        runner = row.runner
    }
}

extension Site {
    /// How many instances the table shows at a time.
    static let instancesPerPage = 100

    /// Shows a mapped task with its instances; nil where the address means something else.
    func mappedTaskPage(_ request: Request, _ context: WebContext) async throws -> Response? {
        guard context.parameters.get("part") == nil else { return nil }
        let run = try await requireRun(context)
        let name = try context.part("task")
        guard let task = try await store.mappedTasks(ofRun: run.rowID, task: name).first, task.instances > 0 else {
            return nil
        }
        if run.name.key != (try context.part("key")) {
            return redirect(to: Address.task(run.name, name))
        }
        let now = try await store.now()
        let fields = query(request)
        let chosen = fields.filled("state").flatMap(TaskState.init(rawValue:))
        let page = try await store.instancesByState(
            ofRun: run.rowID,
            task: name,
            state: chosen,
            after: fields.filled("after").flatMap { InstanceCursor($0) },
            limit: Self.instancesPerPage
        )
        let view = try await mappedTaskView(run, task, page, chosen, now: now, formKey: context.visitor.formKey)
        let moment = Moment(run.logicalDate, now: now)
        var frame = PageView(title: "\(view.badge.word): \(name), \(run.name.dag) \(moment.text)", section: .dags)
        frame.refresh = task.endedAt == nil ? 2 : nil
        frame.mood = ["queued", "skipped"].contains(view.badge.css) ? "waiting" : view.badge.css
        if ["blocked", "retrying"].contains(view.badge.css) { frame.mood = "failed" }
        frame.crumbs = [
            CrumbView(run.name.dag, path: Address.dag(run.name.dag)),
            CrumbView(moment.text, path: Address.run(run.name)), CrumbView(name),
        ]
        return respond(frame, "mapped", view, to: request, context, now: now)
    }

    private func mappedTaskView(
        _ run: RunRecord,
        _ task: MappedTask,
        _ page: Page<TaskRecord, InstanceCursor>,
        _ chosen: TaskState?,
        now: Timestamp,
        formKey: String
    ) async throws -> MappedTaskView {
        let path = Address.task(run.name, task.id)
        let runPath = Address.run(run.name)
        let name = Address.segment(task.id)
        let filter = chosen.map { "state=\($0.rawValue)&" } ?? ""
        let isOver = task.endedAt != nil
        let hasHeld = task.counts[.queued] != nil || task.counts[.waiting] != nil
        var whys: [WhyView] = []
        // The last on the page stands for all: those before it may start between two looks.
        let waiting = page.items.last { task in
            [.queued, .waiting].contains(task.state) && !(task.attempts.last?.state.isLive ?? false)
        }
        if hasHeld, let waiting {
            let answer = try await WhyAsker(store: store, definitions: definitions)
                .why(run, task: task.id, mapIndex: waiting.mapIndex)
            let over = TaskState.allCases.filter(\.isTerminal).map(\.rawValue)
            whys = WhyView.list(answer, without: Set(over + ["running", "starting"]))
        }
        return MappedTaskView(
            badge: Badge(task.worst),
            name: task.id,
            summary: task.summary,
            counts: MappedTask.ranked.compactMap { state in
                task.counts[state].map { CountView(state, $0, path: path, isChosen: state == chosen) }
            },
            canClear: task.counts.contains { $0.key.isTerminal && $0.key != .removed },
            clearPath: "\(runPath)/clear?task=\(name)&downstream=1",
            canClearFailed: [.failed, .upstreamFailed, .cancelled].contains { task.counts[$0] != nil },
            clearFailedPath: "\(runPath)/clear?task=\(name)&failed=1&downstream=1",
            markPath: "\(runPath)/mark?task=\(name)",
            canCancel: !isOver,
            cancelPath: "\(runPath)/cancel?task=\(name)",
            formKey: formKey,
            instances: page.items.map { InstanceRowView($0, run: run.name, now: now) },
            isEmpty: page.items.isEmpty,
            more: page.next.map { "\(path)?\(filter)after=\($0)" },
            whys: whys
        )
    }
}

extension MappedTask {
    /// How far it is, in a phrase.
    var summary: String {
        let done = counts.reduce(0) { $0 + ($1.key.isTerminal && $1.key != .removed ? $1.value : 0) }
        let all = Quantity.count(instances, "instance")
        return done == instances ? all : "\(Quantity.grouped(done)) of \(all) ended"
    }

    /// Its instances by state, in words.
    var words: String {
        MappedTask.ranked.compactMap { state in
            guard state != .removed, let count = counts[state] else { return nil }
            return "\(Quantity.grouped(count)) \(Badge(state).word.lowercased())"
        }.joined(separator: ", ")
    }
}
