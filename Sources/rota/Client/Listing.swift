import Core

extension ServerClient {
    /// Asks for every page of a listing and joins them.
    func wholeListing(_ route: Route) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        var next: String?
        repeat {
            let page = try await document(route.with("limit", 1000).with("after", next))
            items += page.list("items")
            next = page.text("next")
        } while next != nil
        return items
    }

    /// The run that `latest` or `latest-failed` means now, so that what follows speaks of one run throughout.
    func resolve(_ name: RunName) async throws -> RunName {
        guard name.key == "latest" || name.key == "latest-failed" else { return name }
        let state = name.key == "latest" ? nil : RunState.failed.rawValue
        let newest = try await items(
            ServerClient.Route("runs").with("dag", name.dag).with("state", state).with("limit", 1)
        ).first
        // Where there is none the server says so best, when it is asked for it by that name.
        return newest?.text("id").flatMap { RunName($0) } ?? name
    }

    /// The items of a listing that has one page only.
    func items(_ route: Route) async throws -> [JSONValue] {
        try await document(route).list("items")
    }
}

extension JSONValue {
    /// A listing of all there is.
    static func listing(_ items: [JSONValue]) -> JSONValue {
        .object(["items": .array(items), "next": .null])
    }
}
