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
