import Core
import Hummingbird
import Scheduler
import Store

/// What the page of one runner shows.
struct RunnerView: Sendable {
    let row: RunnerRowView
    let fullSince: String?
    let registered: Moment
    let attempts: [RunnerAttemptView]
    let hasAttempts: Bool
    let moreAttempts: String?
    let load: String?
    let reserved: String?
    let limits: String?
    let boot: String?
    let joined: Moment?
    let path: String
    let canDrain: Bool
    let canResume: Bool
    let canRemove: Bool
    let removal: String
    let removesByForce: Bool
    let formKey: String
    let history: [RunnerDeedView]
    let hasHistory: Bool
    let strays: [StrayView]
    let hasStrays: Bool
}

/// A line of a runner's history.
struct RunnerDeedView: Sendable {
    let at: Moment
    let words: String
    let actor: String
    let reason: String?

    init(_ record: RunnerDeedRecord, now: Timestamp) {
        at = Moment(record.at, now: now, seconds: true)
        let count = record.deed.attempts
        let beside = count == 0 ? "" : ", with \(Quantity.count(count, "attempt")) on it"
        words =
            switch record.deed.verb {
            case .join: "Joined"
            case .drain: "Drained\(beside)"
            case .resume: "Resumed"
            case .remove: "Removed\(beside)"
            case .reap: "Killed what tasks left behind"
            }
        actor = record.deed.actor
        reason = record.deed.reason
    }
}

/// A process that outlived its attempt.
struct StrayView: Sendable {
    let process: Int
    let name: String
    let task: String?
    let taskPath: String?
    let since: Moment
    let age: String
    let isAsked: Bool

    init(_ record: StrayRecord, now: Timestamp) {
        process = record.processID
        name = record.name
        task = record.origin.map { "\($0.run) \($0.task)" }
        taskPath = record.origin.map {
            Address.task($0.run, $0.task, mapIndex: $0.mapIndex, attempt: $0.number)
        }
        since = Moment(record.seenAt, now: now, seconds: true)
        age = Moment.age(of: record.seenAt, now: now)
        isAsked = record.reapRequestedAt != nil
    }
}

/// An attempt that a runner has in hand.
struct RunnerAttemptView: Sendable {
    let badge: Badge
    let task: String
    let taskPath: String
    let run: String
    let runPath: String
    let count: Int
    let since: Moment
    let age: String
}

extension Site {
    private static let attemptsShown = 200

    /// Shows a runner: how much of it is in use, and what runs there.
    func runnerPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let name = try context.part("runner")
        let runners = try await store.runners()
        guard let record = runners.first(where: { $0.name == name }) else {
            let hint = Spelling.suggestion(for: name, among: runners.map(\.name))
            let sentence = "There is no runner '\(name.shortened)'\(hint.isEmpty ? "." : hint)"
            throw RequestError.notFound(sentence, nearest: Link(path: "/runners", text: "Runners"))
        }
        let now = try await store.now()
        let holders = try await store.slotHolders(of: .runner(name), limit: Self.attemptsShown)
        let strays = try await store.strays(of: name)
        let history = try await store.deeds(ofRunner: name, limit: 20)
        let rest = holders.attempts - holders.oldest.count
        let view = RunnerView(
            row: RunnerRowView(record, now: now),
            fullSince: record.fullSince.map { WhyWords.at($0, now) },
            registered: Moment(record.registeredAt, now: now),
            attempts: holders.oldest.map { holder in
                RunnerAttemptView(
                    badge: Badge(holder.state),
                    task: InstanceName.word(holder.task, holder.mapIndex),
                    taskPath: Address.task(
                        holder.run,
                        holder.task,
                        mapIndex: holder.mapIndex,
                        attempt: holder.attempt
                    ),
                    run: holder.run.description,
                    runPath: Address.run(holder.run),
                    count: holder.slots,
                    since: Moment(holder.since, now: now, seconds: true),
                    age: Moment.age(of: holder.since, now: now)
                )
            },
            hasAttempts: !holders.oldest.isEmpty,
            moreAttempts: rest > 0 ? "and \(Quantity.count(rest, "attempt")) more" : nil,
            load: Self.words(record.load, at: record.heartbeatAt, now: now),
            reserved: record.reserved.map {
                "\(Quantity.count($0.slots, "slot")) for priority \($0.priority) and above"
            },
            limits: record.limits.areSet ? "\(record.limits)" : nil,
            boot: record.bootID,
            joined: record.joinedAt.map { Moment($0, now: now) },
            path: Address.runner(name),
            canDrain: record.drain == nil,
            canResume: record.drain != nil,
            canRemove: record.joinedAt != nil || record.state == .unreachable,
            removal: holders.attempts == 0
                ? "It is forgotten, and is let in no more without a new token."
                : "\(Quantity.count(holders.attempts, "attempt")) on it would be unreachable from then on.",
            removesByForce: holders.attempts > 0,
            formKey: context.visitor.formKey,
            history: history.map { RunnerDeedView($0, now: now) },
            hasHistory: !history.isEmpty,
            strays: strays.map { StrayView($0, now: now) },
            hasStrays: !strays.isEmpty
        )
        var page = PageView(title: "\(name) · Runners · Rota", section: .runners, refresh: 5)
        page.crumbs = [CrumbView("Runners", path: "/runners"), CrumbView(name)]
        return respond(page, "runner", view, to: request, context, now: now)
    }

    /// How busy its host is.
    private static func words(_ load: RunnerLoad?, at instant: Timestamp?, now: Timestamp) -> String? {
        guard let load, let instant else { return nil }
        var words: [String] = []
        if let value = load.load { words.append("\(hundredths(value)) for each processor") }
        if let value = load.memoryFree { words.append("\(Int((value * 100).rounded())) % of the memory free") }
        if let value = load.measure { words.append("own measure \(hundredths(value))") }
        guard !words.isEmpty else { return nil }
        return words.joined(separator: ", ") + ", \(Moment.age(of: instant, now: now))"
    }

    private static func hundredths(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        return "\((value * 100).rounded() / 100)"
    }

    /// Lets a runner take nothing new, take what fits again, or be forgotten.
    func changeRunner(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let name = try context.part("runner")
        let verb: RunnerVerb
        switch try context.parameters.require("verb") {
        case "reap": return try await reap(fields, runner: name, request, context)
        case "drain": verb = .drain
        case "resume": verb = .resume
        case "remove": verb = .remove(force: fields.filled("force") != nil)
        default: throw RequestError.notFound("There is no such form.", nearest: Link(path: "/runners", text: "Runners"))
        }
        return try await act(fields, request, again: { _ in "/runners" }) { operations in
            let plan = try await operations.perform(
                verb,
                runner: name,
                actor: context.visitor.actor,
                reason: fields.filled("reason")
            )
            switch verb {
            case .drain: return Banner.path(Address.runner(name), done: "drained")
            case .resume: return Banner.path(Address.runner(name), done: "undrained")
            case .remove: return Banner.path("/runners", done: "removed", count: plan.attempts)
            }
        }
    }

    /// Asks for the end of all that is listed as having outlived its attempt.
    private func reap(
        _ fields: FormFields,
        runner name: String,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let path = Address.runner(name)
        return try await act(fields, request, again: { _ in path }) { operations in
            let process = fields.filled("process").flatMap { Int($0) }
            let count = try await operations.reap(runner: name, process: process, actor: context.visitor.actor)
            return Banner.path(path, done: "reaped", count: count)
        }
    }
}
