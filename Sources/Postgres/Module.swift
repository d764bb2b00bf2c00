// Postgres: typed, prepared, binary conversation with a PostgreSQL server over libpq. It knows nothing of DAGs.
//
//     Pool ── leases ──► Connection (actor) ── runs on ──► SerialThread ── owns ──► ConnectionHandle (libpq)
//                            │ execute(Statement, parameters)
//                            ▼
//                          Rows ─► Row ─► decode(column)                 Listener ── AsyncStream of notifications
//
// Rules, each with its reason:
// - libpq blocks, so each connection runs on a thread of its own; the shared pool of Swift's tasks never waits for a
//   server.
// - The body of a transaction is a synchronous closure on the connection's thread: no await can let another task's
//   statement slip into it.
// - Every statement has a name, is prepared once per connection, and is named in every error. Values of parameters
//   appear in no error: logs are read by more people than the database is.
// - Parameters and results travel in binary, with the type stated by the Swift value, never guessed by the server.
