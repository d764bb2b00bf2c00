/// How a client reaches the private cluster: by its unix socket, as its only role, with no password.
package struct ClusterConnection: Sendable, Equatable {
    /// The folder that holds the socket; only the cluster's user and root can enter it.
    package let socketDirectory: String
    /// The one database of the cluster.
    package let database = "rota"
    /// The cluster's role, which owns everything in it.
    package let role = "rota"
    /// Names the socket's file; nothing listens on TCP.
    package let port = 5432

    /// Names a connection through the socket in a folder.
    package init(socketDirectory: String) {
        self.socketDirectory = socketDirectory
    }

    /// libpq's keywords and values.
    ///
    /// Says all that PGHOST, PGPORT and their like could change otherwise.
    package var connectionString: String {
        "host=\(Self.quoted(socketDirectory)) port=\(port) dbname=\(database) user=\(role)"
    }

    /// The socket itself.
    var socketPath: String {
        "\(socketDirectory)/.s.PGSQL.\(port)"
    }

    private static func quoted(_ value: String) -> String {
        var text = "'"
        for character in value.unicodeScalars {
            if character == "'" || character == "\\" { text.unicodeScalars.append("\\") }
            text.unicodeScalars.append(character)
        }
        return text + "'"
    }
}
