// MARK: - The schedule, and runs that people ask for

extension Invariant {
    static let schedule = [
        Invariant(
            claim: "a tick has one row",
            breach: """
                ALTER TABLE tick DROP CONSTRAINT tick_pkey; INSERT INTO tick SELECT * FROM tick LIMIT 1
                """,
            violations: """
                SELECT dag_id || ' ' || tick_at FROM tick GROUP BY dag_id, tick_at HAVING count(*) > 1
                UNION ALL SELECT dag_id || ' ' || tick_at FROM check_tick_overlap
                """
        ),
        Invariant(
            claim: "a tick has one run",
            breach: """
                UPDATE dag_run SET logical_date = (SELECT min(logical_date) FROM dag_run WHERE type =
                'scheduled') WHERE id = (SELECT max(id) FROM dag_run WHERE type = 'scheduled')
                """,
            violations: """
                SELECT dag_id || ' ' || logical_date FROM dag_run WHERE type = 'scheduled'
                GROUP BY dag_id, logical_date HAVING count(*) > 1
                """
        ),
        Invariant(
            claim: "no tick of an even interval is missing",
            breach: """
                DELETE FROM tick WHERE tick_at = (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY tick_at)
                FROM tick)
                """,
            violations: """
                SELECT dag_id || ' before ' || tick_at FROM (
                    SELECT dag_id, tick_at, lag(tick_at) OVER (PARTITION BY dag_id ORDER BY tick_at) AS before
                    FROM tick) t
                WHERE tick_at - before <> interval '2 s' * (1 + (
                    SELECT coalesce(sum(ticks), 0) FROM tick_range r
                    WHERE r.dag_id = t.dag_id AND r.first_tick > before AND r.last_tick < tick_at))
                """
        ),
        Invariant(
            claim: "the ledger ends where its DAG has come to",
            breach: "DELETE FROM tick WHERE tick_at = (SELECT max(tick_at) FROM tick)",
            violations: """
                SELECT d.name || ': ' || d.cursor || ', last ' || l.last FROM dag d JOIN (
                    SELECT dag_id, max(last) AS last FROM (
                        SELECT dag_id, tick_at AS last FROM tick UNION ALL SELECT dag_id, last_tick FROM tick_range) e
                    GROUP BY dag_id) l ON l.dag_id = d.id
                WHERE d.cursor <> l.last AND (SELECT count(*) FROM dag_version v WHERE v.dag_id = d.id) = 1
                """
        ),
        Invariant(
            claim: "no tick is left out where all are to be made up for",
            breach: """
                UPDATE tick SET decision = 'catchup', run_id = NULL WHERE tick_at = (SELECT max(tick_at) FROM tick)
                """,
            violations: """
                SELECT d.name || ' ' || t.at || ' ' || t.decision FROM (
                        SELECT dag_id, tick_at AS at, decision FROM tick
                        UNION ALL SELECT dag_id, first_tick, decision FROM tick_range) t
                    JOIN dag d ON d.id = t.dag_id JOIN dag_version v ON v.id = d.version_id
                WHERE t.decision IN ('catchup', 'paused') AND convert_from(v.source, 'UTF8') LIKE '%catchup: all%'
                """
        ),
        Invariant(
            claim: "what was decided of a tick is what there is",
            breach: "UPDATE tick SET run_id = 0 WHERE run_id = (SELECT max(run_id) FROM tick)",
            violations: """
                SELECT t.dag_id || ' ' || t.tick_at FROM tick t LEFT JOIN dag_run r
                    ON r.id = t.run_id AND r.dag_id = t.dag_id AND r.logical_date = t.tick_at
                        AND r.type IN ('scheduled', 'backfill')
                WHERE (t.decision = 'created') <> (r.id IS NOT NULL)
                """
        ),
        Invariant(
            claim: "every scheduled run has its tick",
            breach: "UPDATE tick SET run_id = 0 WHERE run_id = (SELECT max(run_id) FROM tick)",
            violations: """
                SELECT r.key FROM dag_run r WHERE r.type = 'scheduled'
                    AND NOT EXISTS (SELECT FROM tick t WHERE t.run_id = r.id)
                """
        ),
        Invariant(
            claim: "no run was made before its time",
            breach: """
                UPDATE dag_run SET created_at = logical_date - interval '1 s' WHERE id = (SELECT max(id) FROM
                dag_run WHERE type = 'scheduled')
                """,
            violations: "SELECT key FROM dag_run WHERE type = 'scheduled' AND created_at < logical_date"
        ),
        Invariant(
            claim: "a run has a version of its own DAG",
            breach: """
                UPDATE dag_run SET version_id = (SELECT max(id) FROM dag_version WHERE dag_id <>
                dag_run.dag_id) WHERE id = (SELECT max(id) FROM dag_run WHERE type = 'scheduled')
                """,
            violations: """
                SELECT r.key FROM dag_run r JOIN dag_version v ON v.id = r.version_id
                WHERE v.dag_id <> r.dag_id OR r.created_at < v.created_at
                """
        ),
        Invariant(
            claim: "a trigger that was answered made a run",
            breach: "INSERT INTO chk.acknowledged VALUES ('chain/never')",
            violations: """
                SELECT a.run FROM chk.acknowledged a WHERE NOT EXISTS (
                    SELECT FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name || '/' || r.key = a.run)
                """
        ),
        Invariant(
            claim: "a backfill makes a run for each tick of its range",
            breach: "INSERT INTO chk.wished SELECT dag, at - interval '1 day' FROM chk.wished",
            violations: """
                SELECT w.dag || ' ' || w.at FROM chk.wished w WHERE NOT EXISTS (
                    SELECT FROM dag_run r JOIN dag d ON d.id = r.dag_id WHERE d.name = w.dag AND r.logical_date = w.at
                        AND r.type IN ('backfill', 'scheduled'))
                """
        ),
        Invariant(
            claim: "a backfill of what is missing makes no second run of a tick",
            breach: """
                UPDATE dag_run SET logical_date = (SELECT min(logical_date) FROM dag_run WHERE type = 'backfill')
                WHERE id = (SELECT max(id) FROM dag_run WHERE type = 'backfill')
                """,
            violations: """
                SELECT r.key FROM dag_run r JOIN backfill b ON b.id = r.backfill_id AND b.rerun = 'missing'
                    JOIN dag_run o ON o.dag_id = r.dag_id AND o.logical_date = r.logical_date AND o.id < r.id
                WHERE o.type IN ('backfill', 'scheduled')
                """
        ),
        Invariant(
            claim: "a trigger makes at most one run",
            breach: """
                UPDATE dag_run SET params = (
                    SELECT params FROM dag_run WHERE params->>'once' <> 'no' ORDER BY id LIMIT 1)
                WHERE id = (SELECT max(id) FROM dag_run WHERE params->>'once' <> 'no')
                """,
            violations: """
                SELECT params->>'once' FROM dag_run WHERE params->>'once' <> 'no'
                GROUP BY params->>'once' HAVING count(*) > 1
                """
        ),
        Invariant(
            claim: "an idempotency key leads to the run that it made",
            breach: "INSERT INTO idempotency (key, run_id) SELECT 'a', max(id) FROM dag_run",
            violations: """
                SELECT i.key FROM idempotency i LEFT JOIN dag_run r ON r.id = i.run_id
                WHERE r.params->>'once' IS DISTINCT FROM i.key
                """
        ),
        Invariant(
            claim: "a trigger that was refused left nothing",
            breach: "INSERT INTO chk.refused SELECT params->>'once' FROM dag_run WHERE params->>'once' <> 'no'",
            violations: """
                SELECT f.mark FROM chk.refused f WHERE EXISTS (SELECT FROM dag_run r WHERE r.params->>'once' = f.mark)
                    OR EXISTS (SELECT FROM idempotency i WHERE i.key = f.mark)
                """
        ),
    ]
}
