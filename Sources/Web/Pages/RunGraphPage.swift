import Core
import Hummingbird
import Store

/// What the graph of a run, or of a DAG, shows.
struct GraphView: Sendable {
    /// Markup; nil where there is nothing to draw.
    let graph: String?
    /// What is not drawn, in a sentence.
    let graphNote: String?
    let moreAround: [Link]
    let hasMoreAround: Bool
    let widerPath: String?
    let wholePath: String?
    let tasks: [GraphTaskView]
    let moreTasks: String?
}

/// A task in the list beside the graph.
struct GraphTaskView: Sendable {
    let badge: Badge?
    let name: String
    let path: String
    let needs: String?
}

/// What the page of a run's graph shows.
struct RunGraphView: Sendable {
    let head: RunHeadView
    let drawing: GraphView
}

/// Makes the graph and the list beside it of a version's tasks.
struct GraphDisplay {
    let names: [String]
    let topology: Topology
    /// By place in the file; empty where no run is shown.
    let badges: [Badge]
    let base: String
    let path: (Int) -> String

    private static let mostHops = 6
    /// Whatever is drawn is listed, too.
    private static let mostListed = GraphPlan.mostNodes

    /// Fills the template's view.
    ///
    /// `centre`: The task that is looked at where the graph is too large and the query names none.
    func view(_ fields: FormFields, cache: GraphCache, version: Int, centre: Int) -> GraphView {
        let chosen = fields.filled("around").flatMap { topology.position(of: $0) }
        let hops = fields.filled("hops").flatMap(Int.init).map { min(max(1, $0), Self.mostHops) }
        let task = chosen ?? centre
        let wanted = chosen == nil ? nil : hops ?? 2
        let plan = cache.plan(version: version, names: names, topology: topology, around: task, hops: wanted)
        let around = { (place: Int) in "\(base)?around=\(Address.segment(names[place]))" }
        let drawing = GraphDrawing(plan: plan, names: names, badges: badges, path: path, around: around)
        let shown = plan.selection.map(Set.init)
        let order = topology.order.filter { shown?.contains($0) ?? true }
        let first = min(max(0, fields["after"].flatMap(Int.init) ?? 0), order.count)
        let listed = order[first...].prefix(Self.mostListed)
        let next = first + listed.count
        let query = chosen.map { "around=\(Address.segment(names[$0]))&hops=\(hops ?? 2)&" } ?? ""
        return GraphView(
            graph: names.count > 1 ? drawing.svg() : nil,
            graphNote: note(plan, around: task),
            moreAround: plan.open.prefix(12).map {
                Link(path: around($0.task), text: "\(names[$0.task]): \(Quantity.grouped($0.count)) more")
            },
            hasMoreAround: !plan.open.isEmpty,
            widerPath: plan.selection != nil && (hops ?? 2) < Self.mostHops && !plan.open.isEmpty
                ? "\(around(task))&hops=\((hops ?? 2) + 1)" : nil,
            wholePath: chosen == nil ? nil : base,
            tasks: listed.map { place in
                GraphTaskView(
                    badge: badges.isEmpty ? nil : badges[place],
                    name: names[place],
                    path: path(place),
                    needs: topology.upstream[place].isEmpty
                        ? nil : TaskRowView.words(topology.upstream[place].map { names[$0] })
                )
            },
            moreTasks: next < order.count ? "\(base)?\(query)after=\(next)" : nil
        )
    }

    private func note(_ plan: GraphPlan, around task: Int) -> String? {
        if let selection = plan.selection {
            return "\(Quantity.grouped(selection.count)) of \(Quantity.count(names.count, "task")): "
                + "those near \(names[task])."
        }
        let folded = plan.nodes.filter(\.isFolded)
        guard !folded.isEmpty else { return nil }
        let count = folded.reduce(0) { $0 + $1.tasks.count }
        return "\(Quantity.count(names.count, "task")); \(Quantity.grouped(count)) of them are folded into "
            + "\(Quantity.count(folded.count, "box")), for they have the same needs and dependents."
            .replacing("boxs", with: "boxes")
    }
}

extension Site {
    /// Shows the graph of a run.
    func runGraphPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let overview = try await overview(of: try await requireRun(context))
        let run = overview.run
        let names = overview.names
        var view: GraphView?
        if let topology = overview.topology {
            let display = GraphDisplay(
                names: names,
                topology: topology,
                badges: names.indices.map { Badge(overview.worst(of: $0) ?? .removed) },
                base: "\(Address.run(run.name))/graph",
                path: { Address.task(run.name, names[$0]) }
            )
            view = display.view(query(request), cache: graphs, version: run.versionRowID, centre: overview.centre)
        }
        let page = RunGraphView(head: overview.head(.graph), drawing: view ?? .unreadable)
        return respond(frame(of: overview, "Graph"), "rungraph", page, to: request, context, now: overview.now)
    }

    /// Shows the graph of a DAG's version in force.
    func dagGraphPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let path = Address.dag(record.name)
        var view: GraphView?
        if let definition = try await definitions.definition(of: record), let version = record.versionRowID,
            // A definition that was accepted has no cycle.
            let topology = try? Topology(definition.tasks)
        {
            let names = definition.tasks.map(\.id)
            let display = GraphDisplay(
                names: names,
                topology: topology,
                badges: [],
                base: "\(path)/graph",
                path: { "\(path)/tasks/\(Address.segment(names[$0]))" }
            )
            view = display.view(query(request), cache: graphs, version: version, centre: topology.order.first ?? 0)
        }
        var page = PageView(title: "\(record.name): graph · Rota", section: .dags)
        page.crumbs = [CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path), CrumbView("Graph")]
        let content = DAGGraphView(
            name: record.name,
            tabs: DAGTabsView(record.name, .graph),
            drawing: view ?? .unreadable
        )
        return respond(page, "daggraph", content, to: request, context, now: now)
    }
}

extension GraphView {
    /// Where this program cannot read the version.
    static let unreadable = GraphView(
        graph: nil,
        graphNote: "This version of the DAG cannot be read by this program.",
        moreAround: [],
        hasMoreAround: false,
        widerPath: nil,
        wholePath: nil,
        tasks: [],
        moreTasks: nil
    )
}

/// What the page of a DAG's graph shows.
struct DAGGraphView: Sendable {
    let name: String
    let tabs: DAGTabsView
    let drawing: GraphView
}

/// The parts of a DAG's pages.
struct DAGTabsView: Sendable {
    let tabPath: String
    let isGrid: Bool
    let isGraph: Bool
    let isRuns: Bool
    let isCalendar: Bool
    let isCode: Bool

    /// One of the parts; `none` where the page is below them.
    enum Part { case grid, graph, runs, calendar, code, none }

    init(_ name: String, _ part: Part) {
        tabPath = Address.dag(name)
        isGrid = part == .grid
        isGraph = part == .graph
        isRuns = part == .runs
        isCalendar = part == .calendar
        isCode = part == .code
    }
}
