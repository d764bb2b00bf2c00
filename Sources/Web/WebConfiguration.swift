package import Core
package import Store

/// Where the server listens and what it must be told about the rest of the program.
package struct WebConfiguration: Sendable {
    /// The address to listen on; defaults to loopback.
    package var host = "127.0.0.1"
    /// The TCP port, where 0 takes a free one; defaults to 8080.
    package var port = 8080
    /// A unix socket for the server's own user, who needs no token there; defaults to none.
    ///
    /// Its path has at most 107 bytes, and its folder is closed to others.
    package var socketPath: String?
    /// Further names by which browsers may call this server, such as that of a proxy; defaults to none.
    package var hosts: [String] = []
    /// The program's version, for the foot of pages.
    package var version = "0"
    /// How long the database may take for a sign of life before `/readyz` says that it is not there; defaults to 5
    /// seconds, which balancers wait for.
    package var readinessLimit = Duration.seconds(5)
    /// How long it may take, once a page is late, before the page says that it does not answer; defaults to 8 seconds,
    /// for a busy machine is not a silent database.
    package var silence = Duration.seconds(8)
    /// What `/readyz` asks beside the database.
    package var checks: [ReadinessCheck] = []
    /// Reads the bytes of a DAG file of that id; nil where this program cannot read them.
    package var readDefinition: @Sendable (VersionSource) -> DAG? = { _ in nil }
    /// Which zone data DAGs are read with: when the word changes, they are read anew.
    package var zoneData: @Sendable () -> String? = { nil }
    /// The folder of DAG files, for the page that has none to show.
    package var folder = "dags"
    /// Where the server notes the port that it was given.
    package var boundPort = BoundPort()
    /// Called with the port when the pages are served; defaults to nothing.
    package var onListening: @Sendable (_ port: Int) async -> Void = { _ in }

    /// Leaves everything at its default.
    package init() {}
}

/// A question whose answer decides whether this server can do its work.
package struct ReadinessCheck: Sendable {
    /// What is asked about, such as "migrations".
    package var name: String
    /// What is wrong, as one sentence; nil when nothing is.
    package var problem: @Sendable () async -> String?

    /// Pairs a name with its question.
    package init(name: String, problem: @escaping @Sendable () async -> String?) {
        self.name = name
        self.problem = problem
    }
}
