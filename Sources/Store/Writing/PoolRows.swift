package import Core
package import Postgres

extension Connection {
    /// Makes the pools in the store those of `rota.yaml`; what a person has said since stays in force.
    package func setPools(_ pools: [(name: String, slots: Int, order: QueueOrder)]) throws {
        _ = try execute(
            Statement(
                name: "set_pools",
                sql: """
                    WITH given AS (
                        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) AS u (name, slots, ordering)),
                    gone AS (DELETE FROM pool WHERE origin = 'settings' AND name NOT IN (SELECT name FROM given)),
                    unnamed AS (
                        UPDATE pool SET settings_slots = NULL, settings_ordering = NULL
                        WHERE origin = 'operator' AND name NOT IN (SELECT name FROM given))
                    INSERT INTO pool (name, slots, ordering, settings_slots, settings_ordering)
                    SELECT name, slots, ordering, slots, ordering FROM given
                    ON CONFLICT (name) DO UPDATE SET settings_slots = excluded.settings_slots,
                        settings_ordering = excluded.settings_ordering,
                        slots = CASE WHEN pool.origin = 'settings' THEN excluded.slots ELSE pool.slots END,
                        ordering = CASE WHEN pool.origin = 'settings' THEN excluded.ordering ELSE pool.ordering END
                    """
            ),
            [pools.map(\.name), pools.map(\.slots), pools.map(\.order)]
        )
    }

    /// Says how the tasks of pools are spread over runners; of all others whoever comes takes them.
    package func setPlacements(_ placements: [(pool: String, placement: Placement)]) throws {
        _ = try execute(
            Statement(
                name: "set_placements",
                sql: """
                    UPDATE pool p SET placement = u.placement
                    FROM pool q LEFT JOIN unnest($1::text[], $2::text[]) AS u (name, placement) ON u.name = q.name
                    WHERE p.name = q.name AND p.placement IS DISTINCT FROM u.placement
                    """
            ),
            [placements.map(\.pool), placements.map(\.placement)]
        )
    }

    /// Makes or changes a pool on a person's word; nils leave what is there.
    ///
    /// False: it does not exist, and no size was
    /// given.
    package func setPool(_ name: String, slots: Int?, order: QueueOrder?, actor: String) throws -> Bool {
        try execute(
            Statement(
                name: "set_pool",
                sql: """
                    INSERT INTO pool (name, slots, ordering, origin, actor, changed_at)
                    SELECT $1, coalesce($2, p.slots), coalesce($3, p.ordering, 'fair'), 'operator', $4, clock_timestamp()
                    FROM (SELECT) one LEFT JOIN pool p ON p.name = $1 WHERE coalesce($2, p.slots) IS NOT NULL
                    ON CONFLICT (name) DO UPDATE SET slots = excluded.slots, ordering = excluded.ordering,
                        origin = 'operator', actor = excluded.actor, changed_at = excluded.changed_at
                    """
            ),
            [name, slots.map { Int32(clamping: $0) }, order, actor]
        ).affected == 1
    }

    /// Takes a person's word about a pool back.
    package func resetPool(_ name: String, actor: String) throws -> PoolReset {
        let rows = try execute(
            Statement(
                name: "lock_pool",
                sql: "SELECT origin, settings_slots IS NOT NULL FROM pool WHERE name = $1 FOR UPDATE"
            ),
            [name]
        )
        guard let row = rows.first else { return .unknown }
        guard try row.decode(0, as: String.self) == "operator" else { return .ofSettings }
        guard try row.decode(1) else {
            _ = try execute(Statement(name: "remove_pool", sql: "DELETE FROM pool WHERE name = $1"), [name])
            return .removed
        }
        _ = try execute(
            Statement(
                name: "reset_pool",
                sql: """
                    UPDATE pool SET slots = settings_slots, ordering = coalesce(settings_ordering, 'fair'),
                        origin = 'settings', actor = $2, changed_at = clock_timestamp() WHERE name = $1
                    """
            ),
            [name, actor]
        )
        return .asInSettings
    }
}

/// What became of a pool that was to be removed.
package enum PoolReset: Hashable, Sendable {
    /// There is none of that name.
    case unknown
    /// It stands in `rota.yaml` and nobody said otherwise: it stays.
    case ofSettings
    /// It is again as `rota.yaml` says.
    case asInSettings
    case removed
}
