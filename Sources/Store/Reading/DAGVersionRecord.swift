package import Core
import Postgres

/// One version of a DAG: the bytes of its file at one time, which never change.
package struct DAGVersionRecord: Hashable, Sendable {
    package var rowID: Int
    /// Counted from 1 within its DAG.
    package var number: Int
    /// SHA-256 of the source.
    package var hash: [UInt8]
    package var createdAt: Timestamp
    /// Whether new runs are made with it.
    package var isInForce: Bool
    /// The length of the source.
    package var byteCount: Int
}

extension DAGVersionRecord {
    /// Selects what `init(row:)` reads; a condition and an order may follow.
    static let query = """
        SELECT v.id, v.number, v.hash, v.created_at, d.version_id = v.id, octet_length(v.source)
        FROM dag_version v JOIN dag d ON d.id = v.dag_id
        """

    init(row: Row) throws(DatabaseError) {
        rowID = try row.decode(0)
        number = try row.decode(1)
        hash = try row.decode(2)
        createdAt = try row.decode(3)
        isInForce = try row.decode(4, as: Bool?.self) ?? false
        byteCount = try row.decode(5)
    }
}
