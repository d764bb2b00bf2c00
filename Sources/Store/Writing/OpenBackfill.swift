package import Core
import Postgres

/// A backfill whose runs are not all made yet, with everything that making them needs.
package struct OpenBackfill: Hashable, Sendable {
    package var id: Int
    package var dagID: Int
    package var versionID: Int
    package var from: Timestamp
    /// The end of the range, or when the backfill was asked for: what came later is the schedule's.
    package var end: Timestamp
    /// `missing`, `failed` or `all`.
    package var rerun: String
    package var isReverse: Bool
    package var actor: String
    /// The tick to go on from.
    package var nextAt: Timestamp
    /// How many runs are still to be made, as planned.
    package var unmade: Int
}

extension OpenBackfill {
    static let columns = """
        id, dag_id, version_id, from_at, least(to_at, created_at), rerun, reverse, actor, next_at, unmade::bigint
        """

    init(_ row: Row) throws {
        self.init(
            id: try row.decode(0),
            dagID: try row.decode(1),
            versionID: try row.decode(2),
            from: try row.decode(3),
            end: try row.decode(4),
            rerun: try row.decode(5),
            isReverse: try row.decode(6),
            actor: try row.decode(7),
            nextAt: try row.decode(8),
            unmade: try row.decode(9)
        )
    }
}
