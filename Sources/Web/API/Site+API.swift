import Hummingbird
import Scheduler
import Store

extension Site {
    /// Adds the JSON API to a group that stands for `/api/v1`.
    func addAPIRoutes(to group: RouterGroup<WebContext>, store: Store, operations: Operations) {
        let api = API(configuration: configuration, store: store, operations: operations, definitions: definitions)
        api.addRoutes(to: group)
    }
}
