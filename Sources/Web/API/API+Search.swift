import Core
import Hummingbird
import Store

extension API {
    /// The route that searches by name.
    func addSearchRoute(to group: some RouterMethods<WebContext>) {
        group.get("search", use: search)
    }

    @Sendable private func search(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, allowed: ["q", "limit"])
        guard let text = query.text("q"), !text.isEmpty, text.utf8.count <= 200 else {
            throw RequestError.invalid("q must be a part of a name, of at most 200 bytes, as in ?q=sales.")
        }
        let found = try await store.search(text, limit: try query.limit())
        return answer { writer in
            writer.object { writer in
                writer.name("dags")
                writer.array(found.dags) { $0.value($1) }
                writer.name("tasks")
                writer.array(found.tasks) { writer, task in
                    writer.object {
                        $0.member("run", "\(task.dag)/\(task.run)")
                        $0.member("task", task.task)
                        $0.member("state", task.state.rawValue)
                    }
                }
                writer.name("runs")
                writer.array(found.runs) { writer, run in
                    writer.object {
                        $0.member("run", run.name.description)
                        $0.member("state", run.state.rawValue)
                        $0.member("logical_date", run.logicalDate)
                    }
                }
            }
        }
    }
}
