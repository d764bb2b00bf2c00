package import Hummingbird
import NIOCore

/// What is known about a request beside its bytes.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Who asks; the gate fills it in before any route runs.
    package var visitor: Visitor
    /// Whether it came over the unix socket, which only the server's own user can open.
    package let isLocalSocket: Bool

    /// Takes the connection's facts.
    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        visitor = .stranger
        if case .unixDomainSocket = source.channel.localAddress {
            isLocalSocket = true
        } else {
            isLocalSocket = false
        }
    }

    /// The part of the address that a route's pattern calls so, its escapes resolved: a name may hold any character.
    func part(_ name: String) throws -> String { Address.text(try parameters.require(name)) }
}

/// Who sends a request.
package enum Visitor: Hashable, Sendable {
    /// Nobody that we know.
    case stranger
    /// The server's own user, over the unix socket.
    case owner
    /// The bearer of a token of that name.
    case token(String)
    /// A browser that signed in; the text goes into its forms and comes back with them.
    case browser(formKey: String)

    /// How the history names them.
    package var actor: String {
        switch self {
        case .stranger: "nobody"
        case .owner: "owner"
        case .token(let name): "token:\(name)"
        case .browser: "browser"
        }
    }

    /// The text that proves a form was ours; empty where no browser is involved.
    var formKey: String {
        if case .browser(let key) = self { return key }
        return ""
    }
}
