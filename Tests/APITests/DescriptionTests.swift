import Core
import HTTPTypes
import Hummingbird
import Synchronization
import Testing

@testable import Web

/// The description of the API against the API.
struct DescriptionTests {
    @Test func `exactly the routes that exist are described`() async throws {
        let description = try APIDescription()
        try await APIHarness.read { api in
            let (recorder, pages) = (RouteRecorder(), RouteRecorder())
            api.api.addRoutes(to: recorder)
            #expect(recorder.routes == description.routes())
            api.site.addJSONRoutes(to: pages, api: api.api)
            #expect(pages.routes == description.routes(ofPages: true))
        }
    }

    @Test func `every reference in the description leads somewhere`() throws {
        let document = try APIDescription().document
        // Only bodies of requests, which the server reads by itself, name these.
        let schemas = Set(document["components"]?["schemas"]?.members.map(\.0) ?? [])
        let used = references(in: document)
        #expect(used.subtracting(schemas).isEmpty)
        #expect(schemas.subtracting(used).isEmpty, "schemas that nothing uses")
    }

    private func references(in value: JSONValue) -> Set<String> {
        var names: Set<String> = []
        for (name, member) in value.members {
            if name == "$ref", let target = member.text?.split(separator: "/").last { names.insert(String(target)) }
            names.formUnion(references(in: member))
        }
        for element in value.elements { names.formUnion(references(in: element)) }
        return names
    }
}

/// Notes which routes are added, and answers none.
private final class RouteRecorder: RouterMethods {
    typealias Context = WebContext

    private let found = Mutex<Set<String>>([])

    /// Each route as `GET /runs/{dag}/{key}`.
    var routes: Set<String> { found.withLock { $0 } }

    func on<Responder: HTTPResponder>(
        _ path: RouterPath,
        method: HTTPRequest.Method,
        responder: Responder
    ) -> Self where Responder.Context == WebContext {
        let text = path.description
        found.withLock { _ = $0.insert("\(method.rawValue) \(text.hasPrefix("/") ? text : "/" + text)") }
        return self
    }

    func add(middleware: any MiddlewareProtocol<Request, Response, WebContext>) -> Self { self }
}
