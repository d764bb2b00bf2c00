/// The files that a start of the cluster is configured by; written afresh each time, beside the data.
struct ClusterSettings {
    let location: ClusterLocation
    let socketDirectory: String
    /// Whether the server was built with lz4, which packs logs faster than PostgreSQL's own method.
    let hasLZ4: Bool

    func write() throws(PrivateClusterError) {
        try TextFile.replace(location.settings, with: settings, mode: 0o644)
        try TextFile.replace(location.hostRules, with: hostRules, mode: 0o644)
        try TextFile.replace(location.userMap, with: userMap, mode: 0o644)
    }

    /// Commits are durable, planning is for short statements, and the log holds what an operator should read: never a
    /// statement, which may carry values.
    var settings: String {
        """
        # Written by rota at each start. Your own settings go into local.conf beside this file.
        hba_file = \(Self.quoted(location.hostRules))
        ident_file = \(Self.quoted(location.userMap))
        listen_addresses = ''
        port = 5432
        unix_socket_directories = \(Self.quoted(socketDirectory))
        unix_socket_permissions = 0700
        cluster_name = 'rota'
        max_connections = 100
        shared_buffers = 128MB
        fsync = on
        full_page_writes = on
        synchronous_commit = on
        wal_level = minimal
        max_wal_senders = 0
        max_wal_size = 1GB
        checkpoint_timeout = 15min
        autovacuum = on
        jit = off
        \(hasLZ4 ? "default_toast_compression = lz4" : "# This server was built without lz4.")
        timezone = 'UTC'
        lc_messages = 'C'
        logging_collector = off
        log_destination = 'stderr'
        log_timezone = 'UTC'
        log_line_prefix = '%m [%p] '
        log_min_messages = warning
        log_min_error_statement = panic
        log_checkpoints = off
        include_if_exists = 'local.conf'

        """
    }

    private var hostRules: String {
        """
        # Written by rota at each start: by the socket only, as a user of the map only.
        local all all peer map=rota

        """
    }

    private var userMap: String {
        """
        # Written by rota at each start.
        rota \(Self.mapped(location.user.name)) rota
        rota root rota

        """
    }

    private static func quoted(_ value: String) -> String {
        "'" + value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }

    private static func mapped(_ name: String) -> String {
        "\"" + name.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }
}
