import Core
import Hummingbird
import Store

/// What the page of one runner shows.
struct RunnerView: Sendable {
    let row: RunnerRowView
    let fullSince: String?
    let registered: Moment
    let attempts: [RunnerAttemptView]
    let hasAttempts: Bool
    let moreAttempts: String?
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
        let name = try context.parameters.require("runner")
        let runners = try await store.runners()
        guard let record = runners.first(where: { $0.name == name }) else {
            let hint = Spelling.suggestion(for: name, among: runners.map(\.name))
            let sentence = "There is no runner '\(name.shortened)'\(hint.isEmpty ? "." : hint)"
            throw RequestError.notFound(sentence, nearest: Link(path: "/runners", text: "Runners"))
        }
        let now = try await store.now()
        let holders = try await store.slotHolders(of: .runner(name), limit: Self.attemptsShown)
        let rest = holders.attempts - holders.oldest.count
        let view = RunnerView(
            row: RunnerRowView(record, now: now),
            fullSince: record.fullSince.map { WhyWords.at($0, now) },
            registered: Moment(record.registeredAt, now: now),
            attempts: holders.oldest.map { holder in
                RunnerAttemptView(
                    badge: Badge(holder.state),
                    task: holder.mapIndex.map { "\(holder.task)[\($0)]" } ?? holder.task,
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
            moreAttempts: rest > 0 ? "and \(Quantity.count(rest, "attempt")) more" : nil
        )
        var page = PageView(title: "\(name) · Runners · Rota", section: .runners, refresh: 5)
        page.crumbs = [CrumbView("Runners", path: "/runners"), CrumbView(name)]
        return respond(page, "runner", view, to: request, context, now: now)
    }
}
