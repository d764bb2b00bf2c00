import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Scheduler
import Store

/// Everything that a page is made from.
struct Site: Sendable {
    let configuration: WebConfiguration
    let store: Store
    let operations: Operations
    let templates: Templates
    let logger: Logger
    let definitions: DefinitionCache
    let logComparisons: LogComparisons
    let logSearches: LogSearches
    let logOutlines: LogOutlines
    let graphs = GraphCache()
    let catalogue: DAGCatalogue
    let changes: ChangeFeed
    private let pulse: DatabasePulse
    /// The store with a connection of its own: that all others are busy is no silence.
    private let watched: Store

    /// Whether the database answers soon.
    var isDatabaseThere: Bool {
        get async { await pulse.answers() }
    }

    init(
        configuration: WebConfiguration,
        store: Store,
        watched: Store? = nil,
        operations: Operations,
        templates: Templates,
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.operations = operations
        self.templates = templates
        self.logger = logger
        definitions = DefinitionCache(
            store: store,
            zoneData: configuration.zoneData,
            read: configuration.readDefinition
        )
        logComparisons = LogComparisons(store: store)
        logSearches = LogSearches(store: store)
        logOutlines = LogOutlines(store: store)
        catalogue = DAGCatalogue(store: store, read: configuration.readDefinition)
        changes = ChangeFeed(store: store)
        self.watched = watched ?? store
        pulse = Self.pulse(of: watched ?? store, limit: configuration.readinessLimit)
    }

    /// A question to the database that waits so long for an answer.
    func makePulse(limit: Duration) -> DatabasePulse { Self.pulse(of: watched, limit: limit) }

    private static func pulse(of store: Store, limit: Duration) -> DatabasePulse {
        DatabasePulse(limit: limit) {
            do {
                _ = try await store.now()
                return true
            } catch {
                // The log has the reason, by whoever has work there.
                return false
            }
        }
    }

    /// The cookie's name carries the port, for browsers send one host's cookies to all of its ports.
    var cookieName: String { "rota_\(configuration.port)" }

    /// All routes, behind the gate.
    func makeRouter() -> Router<WebContext> {
        let router = Router(context: WebContext.self, options: [.autoGenerateHeadEndpoints])
        let own = ["localhost", "127.0.0.1", "[::1]", Gate.name(in: configuration.host)]
        let names = Set(own + configuration.hosts.map(Gate.name(in:)))
        router.add(middleware: ResponseFinish(site: self))
        router.add(middleware: Compression())
        router.add(middleware: Gate(store: store, hosts: names, cookieName: cookieName))
        router.add(middleware: ErrorAnswers(site: self))
        let api = API(configuration: configuration, store: store, operations: operations, definitions: definitions)
        let twins = Router(context: WebContext.self, options: [.autoGenerateHeadEndpoints])
        api.addRoutes(to: twins.group("api/v1"))
        router.add(middleware: JSONTwins(responder: twins.buildResponder()))
        addFrameRoutes(to: router)
        addListingRoutes(to: router)
        addDAGRoutes(to: router)
        addRunRoutes(to: router)
        addAttemptRoutes(to: router)
        api.addRoutes(to: router.group("api/v1"))
        addJSONRoutes(to: router, api: api)
        return router
    }

    /// Reads a form of at most 2 MiB and makes sure that it is one of ours.
    func form(_ request: Request, _ context: WebContext) async throws -> FormFields {
        let limit = 2 * 1024 * 1024
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw RequestError.tooLarge(limit: limit)
        }
        let fields = FormFields(String(decoding: buffer.readableBytesView, as: UTF8.self))
        guard Self.isEqual(fields["form_key"] ?? "", context.visitor.formKey) else {
            throw RequestError.forbidden(
                "This form was not sent by a page of your present session. Load the page again and repeat what you did."
            )
        }
        return fields
    }

    /// Compares without telling by its time how much was right.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The fields of a request's query.
    func query(_ request: Request) -> FormFields { FormFields(request.uri.query ?? "") }

    /// Sends a browser on, by GET.
    func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path])
    }
}
