package import Core
package import Postgres

/// The limits of a claim, locked.
package struct LockedLimits: Sendable {
    /// The size of each pool that exists.
    package var poolSlots: [String: Int] = [:]
    /// Which runner took the last task of each pool.
    package var lastRunners: [String: String] = [:]
    /// The version in force of each DAG that has one.
    package var versions: [Int: Int] = [:]
    /// Those of which it is written that they are full.
    package var saidFull = FullLimits()
}

/// What holds slots, for the decision which queued tasks may start.
package struct SlotUse: Sendable {
    package var runner: Int
    /// Whether the runner is to take nothing more.
    package var isDrained: Bool
    /// Whether it is written of the runner that it is full.
    package var isRunnerSaidFull: Bool
    package var pools: [String: Int]
    /// How many attempts of each DAG are live, and how many slots those hold.
    package var dags: [Int: Int]
    package var slotsOfDAGs: [Int: Int]
}

/// All that a claim stands on: read and locked by one process that acts for the runner.
package struct ClaimGround: Sendable {
    /// The database's clock, once everything is locked.
    package var now: Timestamp
    package var limits: LockedLimits
    package var use: SlotUse
}

extension Connection {
    /// Makes sure that this process still acts for a runner, and keeps it so until the commit.
    package func holdsLease(_ runner: ClaimingRunner) throws -> Bool {
        try execute(Self.holdsRunnerLease, [runner.name, runner.holder, runner.fence]).count == 1
    }

    /// Makes sure that this process still acts for a runner, locks what limits the tasks, DAGs before pools, and counts in
    /// later statements what live attempts hold; nil: another process acts for the runner.
    package func ground(for runner: ClaimingRunner, dags: [Int], pools: [String]) throws -> ClaimGround? {
        let answers = try pipeline([
            (Self.holdsRunnerLease, [runner.name, runner.holder, runner.fence]),
            (Self.lockDAGs, [dags]), (Self.lockPools, [pools]),
            (Self.runnerSlots, [runner.name]), (Self.poolSlots, [pools]), (Self.dagSlots, [dags]),
        ])
        guard answers[0].count == 1 else { return nil }
        let ofRunner = answers[3][0]
        var use = SlotUse(
            runner: try ofRunner.decode(0),
            isDrained: try ofRunner.decode(2),
            isRunnerSaidFull: try ofRunner.decode(1),
            pools: [:],
            dags: [:],
            slotsOfDAGs: [:]
        )
        for row in answers[4] { use.pools[try row.decode(0)] = try row.decode(1) }
        for row in answers[5] {
            let dag: Int = try row.decode(0)
            use.dags[dag] = try row.decode(1)
            use.slotsOfDAGs[dag] = try row.decode(2)
        }
        return ClaimGround(
            now: try ofRunner.decode(3),
            limits: try Self.limits(dags: answers[1], pools: answers[2]),
            use: use
        )
    }

    private static func limits(dags: Rows, pools: Rows) throws -> LockedLimits {
        var limits = LockedLimits()
        for row in dags {
            let dag: Int = try row.decode(0)
            if try row.decode(1) { limits.saidFull.dags.insert(dag) }
            limits.versions[dag] = try row.decode(2)
        }
        for row in pools {
            let name: String = try row.decode(0)
            limits.poolSlots[name] = try row.decode(1)
            limits.lastRunners[name] = try row.decode(3)
            if try row.decode(2) { limits.saidFull.pools.insert(name) }
        }
        return limits
    }

    private static let holdsRunnerLease = Statement(
        name: "holds_runner_lease",
        sql: """
            SELECT 1 FROM lease WHERE name = 'runner:' || $1 AND holder = $2 AND fence = $3
                AND expires_at > clock_timestamp() FOR SHARE
            """
    )
    private static let lockDAGs = Statement(
        name: "lock_dags_for_claim",
        sql: """
            SELECT id, tasks_full_since IS NOT NULL, version_id FROM dag WHERE id = ANY($1::bigint[]) ORDER BY id
            FOR NO KEY UPDATE
            """
    )
    private static let lockPools = Statement(
        name: "lock_pools",
        sql: """
            SELECT name, slots, full_since IS NOT NULL, last_runner FROM pool WHERE name = ANY($1::text[]) ORDER BY name
            FOR UPDATE
            """
    )
    private static let runnerSlots = Statement(
        name: "runner_slots_in_use",
        sql: """
            SELECT coalesce(sum(slots), 0)::bigint,
                EXISTS (SELECT FROM runner WHERE name = $1 AND full_since IS NOT NULL),
                EXISTS (SELECT FROM runner WHERE name = $1 AND drained_at IS NOT NULL), clock_timestamp()
            FROM attempt WHERE runner = $1 AND ended_at IS NULL
            """
    )
    private static let poolSlots = Statement(
        name: "pool_slots_in_use",
        sql: """
            SELECT pool, sum(slots)::bigint FROM attempt
            WHERE pool = ANY($1::text[]) AND ended_at IS NULL GROUP BY pool
            """
    )
    private static let dagSlots = Statement(
        name: "dag_tasks_in_use",
        sql: """
            SELECT dag_id, count(*), sum(slots)::bigint FROM attempt
            WHERE dag_id = ANY($1::bigint[]) AND ended_at IS NULL GROUP BY dag_id
            """
    )
}
