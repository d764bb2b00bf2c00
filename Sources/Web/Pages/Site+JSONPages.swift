import Core
import Hummingbird
import Store

extension Site {
    /// The same nouns as JSON, under the addresses of their pages with `.json`.
    func addJSONRoutes(to router: some RouterMethods<WebContext>, api: API) {
        router.get("dags/{dag}/grid.json") { request, context in try await gridJSON(request, context, api) }
        router.get("dags/{dag}/graph.json") { request, context in try await dagGraphJSON(context, api) }
        router.get("dags/{dag}/calendar.json") { request, context in try await calendarJSON(request, context, api) }
        router.get("dags/{dag}/tasks/{task}.json") { request, context in try await taskJSON(request, context, api) }
        router.get("dags/{dag}/runs/{key}/tasks.json") { request, context in
            try await runTasksJSON(request, context, api)
        }
        router.get("dags/{dag}/runs/{key}/gantt.json") { request, context in try await ganttJSON(context, api) }
        router.get("dags/{dag}/runs/{key}/graph.json") { request, context in try await runGraphJSON(context, api) }
        for path in ["{task}", "{task}/{part}", "{task}/{part}/{part2}"] {
            router.get("dags/{dag}/runs/{key}/tasks/\(path).json") { request, context in
                try await attemptJSON(request, context)
            }
        }
    }

    private func gridJSON(_ request: Request, _ context: WebContext, _ api: API) async throws -> Response {
        let record = try await requireDAG(context)
        let definition = try await definitions.definition(of: record)
        let data = try await gridData(of: record, definition, query(request))
        return api.answer { writer in
            writer.object { writer in
                writer.member("dag", record.name)
                writer.member("tasks_total", data?.taskCount ?? 0)
                writer.name("tasks")
                writer.array(data?.tasks ?? []) { $0.value($1) }
                writer.name("runs")
                writer.array(data?.runs ?? []) { writer, run in
                    writer.object { writer in
                        writer.member("id", run.name.description)
                        writer.member("state", run.state.rawValue)
                        writer.member("logical_date", run.logicalDate)
                        writer.member("started_at", run.startedAt)
                        writer.member("ended_at", run.endedAt)
                        writer.name("states")
                        writer.object { writer in
                            for cell in data?.cells ?? [] where cell.run == run.rowID {
                                writer.name(cell.task)
                                writer.value(cell.state.rawValue)
                            }
                        }
                    }
                }
                writer.member("older", data.flatMap { $0.hasOlder ? $0.runs.last?.name.key : nil })
            }
        }
    }

    private func dagGraphJSON(_ context: WebContext, _ api: API) async throws -> Response {
        let record = try await requireDAG(context)
        let definition = try await definitions.definition(of: record)
        return api.answer { $0.graph(definition, states: { _ in nil }) }
    }

    private func runGraphJSON(_ context: WebContext, _ api: API) async throws -> Response {
        let overview = try await overview(of: try await requireRun(context))
        return api.answer { $0.graph(overview.definition, states: { overview.worst(of: $0) }) }
    }

    private func calendarJSON(_ request: Request, _ context: WebContext, _ api: API) async throws -> Response {
        let record = try await requireDAG(context)
        let year = try await calendarYear(of: record, query(request), now: try await store.now())
        return api.answer { writer in
            writer.object { writer in
                writer.member("dag", record.name)
                writer.member("year", year.year)
                writer.member("timezone", year.zone.name)
                writer.name("days")
                writer.array(year.days.filter { $0.words != "nothing" }) { writer, day in
                    writer.object { writer in
                        writer.member("start", day.start)
                        writer.member("end", day.end)
                        writer.name("runs")
                        writer.object { writer in
                            for (state, count) in day.outcomes.runs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                                writer.name(state.rawValue)
                                writer.value(count)
                            }
                        }
                        writer.name("skipped")
                        writer.array(day.outcomes.skips.keys.sorted()) { $0.value($1) }
                        writer.member("planned", day.planned)
                    }
                }
            }
        }
    }

    private func taskJSON(_ request: Request, _ context: WebContext, _ api: API) async throws -> Response {
        let record = try await requireDAG(context)
        let name = try context.part("task")
        let past = try await taskPast(name, of: record, query(request))
        return api.answer { writer in
            writer.object { writer in
                writer.member("dag", record.name)
                writer.member("task", name)
                writer.name("runs")
                writer.array(past.pairs) { writer, pair in
                    writer.object { writer in
                        writer.member("id", pair.run.name.description)
                        writer.member("logical_date", pair.run.logicalDate)
                        writer.member("version", pair.run.version)
                        writer.member("state", pair.outcome.state.rawValue)
                        writer.member("instances", pair.outcome.instances)
                        writer.member("attempts", pair.outcome.attempts)
                        writer.member("queued_at", pair.outcome.queuedAt)
                        writer.member("started_at", pair.outcome.startedAt)
                        writer.member("ended_at", pair.outcome.endedAt)
                        writer.member("cause", pair.outcome.cause)
                    }
                }
                writer.name("causes")
                writer.array(past.causes) { writer, cause in
                    writer.object { writer in
                        writer.member("signature", cause.signature)
                        writer.member("sample", cause.sample)
                        writer.member("failures", cause.failures)
                        writer.member("last_seen", cause.lastSeen)
                    }
                }
                writer.member("next", past.next?.description)
            }
        }
    }

    private func runTasksJSON(_ request: Request, _ context: WebContext, _ api: API) async throws -> Response {
        let overview = try await overview(of: try await requireRun(context))
        let page = taskPlaces(overview, query(request))
        let run = overview.run.rowID
        let whole = try await store.wholeTasks(ofRun: run, at: page.places.filter { !overview.isMapped($0) })
        let mapped = try await store.mappedTasks(ofRun: run, at: page.places.filter { overview.isMapped($0) })
        return api.answer { writer in
            writer.object { writer in
                writer.name("tasks")
                writer.array(whole) { $0.task($1) }
                writer.name("mapped")
                writer.array(mapped) { writer, task in
                    writer.object { writer in
                        writer.member("task", task.id)
                        writer.member("state", task.worst.rawValue)
                        writer.member("instances", task.instances)
                    }
                }
                writer.member("next", page.hasMore ? page.next : nil)
            }
        }
    }

    private func ganttJSON(_ context: WebContext, _ api: API) async throws -> Response {
        let overview = try await overview(of: try await requireRun(context))
        let (plan, bars, time) = try await gantt(of: overview)
        return api.answer { writer in
            writer.object { writer in
                writer.member("started", plan.started)
                writer.name("rests")
                writer.array(time.rests) { writer, rest in
                    writer.object {
                        $0.member("from", rest.from)
                        $0.member("to", rest.to)
                    }
                }
                writer.name("tasks")
                writer.array(bars) { writer, bar in
                    writer.object { writer in
                        writer.member("task", bar.name)
                        writer.member("critical", plan.critical.contains(bar.place))
                        writer.name("pieces")
                        writer.array(bar.pieces) { writer, piece in
                            writer.object { writer in
                                writer.member("kind", piece.css)
                                writer.member("from", piece.from)
                                writer.member("to", piece.to)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    /// Writes the tasks of a version, each after what it needs.
    fileprivate mutating func graph(_ definition: DAG?, states: (Int) -> TaskState?) {
        // A definition that was accepted has no cycle.
        let order = definition.flatMap { try? Topology($0.tasks) }?.order ?? []
        object { writer in
            writer.name("tasks")
            writer.array(order) { writer, place in
                writer.object { writer in
                    writer.member("task", definition?.tasks[place].id)
                    writer.name("needs")
                    writer.array(definition?.tasks[place].needs ?? []) { $0.value($1) }
                    writer.member("state", states(place)?.rawValue)
                }
            }
        }
    }
}
