import Core
import Hummingbird
import Scheduler
import Store

/// What the list of pools shows.
struct PoolListView: Sendable {
    let rows: [PoolRowView]
    let hasRows: Bool
}

/// One pool.
struct PoolRowView: Sendable {
    let name: String
    let path: String
    let slots: Int
    let used: Int
    let usage: String
    let isFull: Bool
    let waiting: String
    let fullSince: String?
    let order: String

    init(_ record: PoolRecord, now: Timestamp) {
        name = record.name
        path = Address.pool(record.name)
        slots = max(1, record.slots)
        used = record.slotsInUse
        usage = "\(record.slotsInUse) of \(record.slots)"
        isFull = record.slotsInUse >= record.slots
        waiting = Quantity.count(record.queued, "task")
        fullSince = record.fullSince.map { WhyWords.at($0, now) }
        order = record.order.rawValue
    }
}

/// What a pool's page shows.
struct PoolView: Sendable {
    let name: String
    let path: String
    let slots: Int
    let size: Int
    let used: Int
    let usage: String
    let isFull: Bool
    let fullSince: String?
    let note: String?
    let holders: [PoolTaskView]
    let hasHolders: Bool
    let waiters: [PoolTaskView]
    let hasWaiters: Bool
    /// Where the list is not the order in which they go.
    let queueNote: String?
    let moreWaiters: String?
    let orders: [OrderView]
    let canReset: Bool
    let resetWords: String
    let formKey: String
}

/// A task that holds slots, or waits for them.
struct PoolTaskView: Sendable {
    let place: Int
    let task: String
    let taskPath: String
    let run: String
    let runPath: String
    let runner: String
    let count: Int
    let priority: Int
    let since: Moment
    let age: String
}

/// An order to choose from.
struct OrderView: Sendable {
    let word: String
    let meaning: String
    let isChosen: Bool

    init(_ order: QueueOrder, chosen: QueueOrder) {
        word = order.rawValue
        isChosen = order == chosen
        meaning =
            switch order {
            case .fifo: "as they were queued"
            case .priority: "a point is worth a minute of waiting"
            case .fair: "DAGs take turns, higher priority first"
            case .deadline: "earliest deadline first"
            case .shortest: "what usually takes least"
            case .criticalPath: "what most hangs on"
            }
    }
}

extension Site {
    /// Lists pools.
    func poolList(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let rows = try await store.pools().map { PoolRowView($0, now: now) }
        let page = PageView(title: "Pools · Rota", section: .pools, refresh: 5)
        return respond(page, "pools", PoolListView(rows: rows, hasRows: !rows.isEmpty), to: request, context, now: now)
    }

    /// Shows a pool: who holds its slots since when, who waits in which place, and what may be changed.
    func poolPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let name = try context.part("pool")
        let pools = try await store.pools()
        guard let pool = pools.first(where: { $0.name == name }) else {
            let hint = Spelling.suggestion(for: name, among: pools.map(\.name))
            let sentence = "There is no pool '\(name.shortened)'\(hint.isEmpty ? "." : hint)"
            throw RequestError.notFound(sentence, nearest: Link(path: "/pools", text: "Pools"))
        }
        let now = try await store.now()
        let holders = try await store.slotHolders(of: .pool(name), limit: 100)
        let queue = try await store.queue(ofPool: name, limit: 100)
        let view = Self.view(pool, holders, queue, now: now, formKey: context.visitor.formKey)
        var page = PageView(title: "\(pool.name) · Pools · Rota", section: .pools, refresh: 5)
        page.crumbs = [CrumbView("Pools", path: "/pools"), CrumbView(pool.name)]
        return respond(page, "pool", view, to: request, context, now: now)
    }

    private static func view(
        _ pool: PoolRecord,
        _ holders: SlotHolders,
        _ queue: [PoolWaiter],
        now: Timestamp,
        formKey: String
    ) -> PoolView {
        let held = holders.oldest.enumerated().map { index, holder in
            PoolTaskView(
                place: index + 1,
                task: InstanceName.word(holder.task, holder.mapIndex),
                taskPath: Address.task(holder.run, holder.task, mapIndex: holder.mapIndex, attempt: holder.attempt),
                run: holder.run.description,
                runPath: Address.run(holder.run),
                runner: holder.runner,
                count: holder.slots,
                priority: 0,
                since: Moment(holder.since, now: now, seconds: true),
                age: Moment.age(of: holder.since, now: now)
            )
        }
        let waiting = queue.enumerated().map { index, waiter in
            PoolTaskView(
                place: index + 1,
                task: InstanceName.word(waiter.task, waiter.mapIndex),
                taskPath: Address.task(waiter.run, waiter.task, mapIndex: waiter.mapIndex),
                run: waiter.run.description,
                runPath: Address.run(waiter.run),
                runner: "",
                count: waiter.slots,
                priority: waiter.priority,
                since: Moment(waiter.since, now: now, seconds: true),
                age: Moment.age(of: waiter.since, now: now)
            )
        }
        let rest = pool.queued - waiting.count
        let file = pool.settingsSlots.map { "rota.yaml says \($0)." } ?? "rota.yaml does not name it."
        return PoolView(
            name: pool.name,
            path: Address.pool(pool.name),
            slots: max(1, pool.slots),
            size: pool.slots,
            used: pool.slotsInUse,
            usage: "\(pool.slotsInUse) of \(pool.slots)",
            isFull: pool.slotsInUse >= pool.slots,
            fullSince: pool.fullSince.map { WhyWords.at($0, now) },
            note: pool.isChanged ? "Set by \(pool.changedBy ?? "a person"). \(file)" : nil,
            holders: held,
            hasHolders: !held.isEmpty,
            waiters: waiting,
            hasWaiters: !waiting.isEmpty,
            queueNote: queueNote(pool.order),
            moreWaiters: rest > 0 ? "and \(Quantity.count(rest, "task")) more" : nil,
            orders: QueueOrder.allCases.map { OrderView($0, chosen: pool.order) },
            canReset: pool.isChanged,
            resetWords: pool.settingsSlots.map { "Back to rota.yaml's \($0)" } ?? "Remove the pool",
            formKey: formKey
        )
    }

    /// What the list of those who wait does not show; nil: it is the order in which they go.
    private static func queueNote(_ order: QueueOrder) -> String? {
        switch order {
        case .fifo, .priority, .deadline: nil
        case .fair: "DAGs take turns: of two tasks of one DAG the upper one goes first."
        case .shortest: "Listed by age; the one that usually takes the shortest goes first."
        case .criticalPath: "Listed by age; the one with the longest path behind it goes first."
        }
    }

    /// Changes a pool.
    func setPool(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let name = try context.part("pool")
        guard let slots = fields.filled("slots").flatMap({ Int($0) }) else {
            throw RequestError.invalid("Slots must be a whole number.")
        }
        let order = fields.filled("order").flatMap(QueueOrder.init(rawValue:))
        return try await act(fields, request, again: { _ in Address.pool(name) }) { operations in
            try await operations.setPool(name, slots: slots, order: order, actor: context.visitor.actor)
            return Banner.path(Address.pool(name), done: "pool")
        }
    }

    /// Takes back what a person said of a pool.
    func resetPool(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let name = try context.part("pool")
        return try await act(fields, request, again: { _ in "/pools" }) { operations in
            let isGone = try await operations.removePool(name, actor: context.visitor.actor)
            return isGone ? "/pools" : Banner.path(Address.pool(name), done: "poolreset")
        }
    }
}
