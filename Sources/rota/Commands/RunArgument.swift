import ArgumentParser
import Core

/// A run as the command line names it.
struct RunArgument: ExpressibleByArgument, Hashable, Sendable {
    var name: RunName

    init?(argument: String) {
        guard let name = RunName(argument) else { return nil }
        self.name = name
    }

    var defaultValueDescription: String { name.description }

    /// What help says of it.
    static let help = ArgumentHelp(
        "The run, as DAG/KEY; DAG/latest and DAG/latest-failed work too.",
        valueName: "run"
    )

    /// The route to the run, and to what is below it.
    func route(_ parts: String...) -> ServerClient.Route {
        var route = ServerClient.Route("runs", name.dag, name.key)
        for part in parts { route.path += "/" + PercentEncoding.encode(part) }
        return route
    }
}
