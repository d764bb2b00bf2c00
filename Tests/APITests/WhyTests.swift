import Core
import Postgres
import Store
import Testing

/// Why something does not go on, as the API tells it.
struct WhyTests {
    /// What is changed in the seeded database, what is asked, and what the first reason of that kind must say.
    struct Case: Sendable, CustomTestStringConvertible {
        var kind: String
        var target: String
        var sql: String
        var words: [String]

        init(_ kind: String, _ target: String, _ sql: String, _ words: String...) {
            self.kind = kind
            self.target = target
            self.sql = sql
            self.words = words
        }

        var testDescription: String { "\(kind) \(target)" }
    }

    private static let run = "/runs/sales/2026-08-22T043000Z"
    private static let queued = "UPDATE task_instance SET state = 'queued', queued_at = now(), "
    private static let report =
        "WHERE task_id = 'report' AND run_id = (SELECT id FROM dag_run WHERE key = '2026-08-22T043000Z'); "
    private static let live = "UPDATE attempt SET slots = 5, pool = 'warehouse' WHERE state = 'running'; "
    private static let linked =
        "UPDATE task_instance t SET attempt_id = a.id FROM attempt a WHERE a.task_instance_id = t.id AND a.ended_at IS NULL; "
    private static let lease = "INSERT INTO lease VALUES ('runner:local', 'a:b', 1, now() + interval '1 hour'); "
    private static let waitingRun = """
        INSERT INTO dag_run (dag_id, version_id, key, type, state, logical_date, data_interval_start, data_interval_end,
            run_after, actor, tasks, unfinished, hold, hold_at)
        SELECT id, version_id, 'later', 'manual', 'queued', now(), now(), now(), now(), 'cli', 0, 0, 'max_active_runs 1', now()
        FROM dag WHERE name = 'sales';
        """

    private static let cases: [Case] = [
        Case("upstream", "\(run)/tasks/report/why", "", "'report' waits for load", "load: running"),
        Case("upstream", "\(run)/why", "", "1 task waits"),
        Case(
            "max_parallel",
            "\(run)/tasks/report/why",
            "UPDATE task_instance SET hold = 'max_parallel 2', hold_at = now() WHERE state = 'waiting'",
            "'report' is ready and waits for others of its task: 0 of at most 2 are under way (max_parallel)."
        ),
        Case(
            "pool_full",
            "\(run)/tasks/report/why",
            live + queued + "hold = 'pool_full warehouse', hold_at = now(), pool = 'warehouse', slots = 2 " + report,
            "2 slots of the pool warehouse: 5 of 5 are in use",
            "It is the next of its DAG (DAGs take turns).",
            "sales/2026-08-22T043000Z load on local holds 5 slots since"
        ),
        Case(
            "pool_full",
            "\(run)/tasks/report/why",
            live + queued + "pool = 'warehouse' \(report) UPDATE pool SET full_since = now()",
            "5 of 5 are in use"
        ),
        Case(
            "pool_too_small",
            "\(run)/tasks/report/why",
            queued + "hold = 'pool_full warehouse', pool = 'warehouse', slots = 9 " + report,
            "9 slots of the pool warehouse, which has 5"
        ),
        Case(
            "max_active_tasks",
            "\(run)/tasks/report/why",
            queued + "hold = 'max_active_tasks', hold_at = now() " + report,
            "16 tasks of the DAG sales run at once at the most",
            "load on local holds"
        ),
        Case(
            "no_runner_with_labels",
            "\(run)/tasks/report/why",
            queued + "hold = 'no_runner_with_labels tpu', labels = '{etl,tpu}' " + report,
            "labels tpu, and none has them",
            "local: lacks the label tpu",
            "far: lacks the labels etl and tpu"
        ),
        Case(
            "no_runner_answers",
            "\(run)/tasks/report/why",
            queued + "hold = 'no_runner_answers far', runner = 'far' " + report,
            "asks for the runner far, and none that fits answers",
            "far: does not answer",
            "local: the task names far"
        ),
        Case(
            "runner_full",
            "\(run)/tasks/report/why",
            lease + live + "UPDATE runner SET full_since = now(); " + queued + "reason = NULL " + report,
            "waits for a free slot of a runner",
            "local: is full since",
            "5 of 4 slots in use"
        ),
        Case(
            "queued",
            "\(run)/tasks/report/why",
            lease + queued + "reason = NULL " + report,
            "about to be taken",
            "local: fits"
        ),
        Case(
            "runner_full",
            "\(run)/tasks/report/why",
            lease + "UPDATE runner SET reserved_slots = 4, reserved_priority = 9; " + queued + "reason = NULL "
                + report,
            "waits for a free slot of a runner",
            "local: keeps 4 slots for priority 9 and above; 1 of 4 in use"
        ),
        Case(
            "pool_kept",
            "\(run)/tasks/report/why",
            queued + "hold = 'pool_kept warehouse ' || id, hold_at = now(), pool = 'warehouse' " + report,
            "free slots of the pool warehouse are kept for sales/2026-08-22T043000Z report, which wants 1"
        ),
        Case(
            "pool_kept",
            "\(run)/tasks/report/why",
            queued + "pool = 'warehouse' \(report) UPDATE pool SET full_since = now()",
            "free slots of the pool warehouse are kept for a larger task that has waited longer"
        ),
        Case(
            "runner_kept",
            "\(run)/tasks/report/why",
            lease + queued + "hold = 'runner_kept 0', hold_at = now() " + report,
            "free slots of its runner are kept for a larger task that has waited longer",
            "local: fits"
        ),
        Case("unknown_pool", "\(run)/tasks/report/why", queued + "hold = 'unknown_pool x' " + report, "does not exist"),
        Case(
            "too_large",
            "\(run)/tasks/report/why",
            queued + "hold = 'too_large 9 of 4', slots = 9 " + report,
            "9 of 4"
        ),
        Case(
            "retry",
            "\(run)/tasks/report/why",
            "UPDATE task_instance SET state = 'up_for_retry', retry_at = now() + interval '5 minutes', retries_used = 1 "
                + report,
            "is tried again at",
            "retry 1 of"
        ),
        Case("running", "\(run)/tasks/load/why", linked, "runs on local since", "attempt 1"),
        Case(
            "runner_unreachable",
            "\(run)/tasks/load/why",
            linked + "UPDATE attempt SET state = 'unreachable', reason = 'no route' WHERE state = 'running'",
            "may still run on local",
            "no route"
        ),
        Case(
            "kill_unconfirmed",
            "\(run)/tasks/load/why",
            linked + "UPDATE attempt SET state = 'unreachable', cancel_requested = true WHERE state = 'running'",
            "has not confirmed"
        ),
        Case(
            "cancelling",
            "\(run)/tasks/load/why",
            linked + "UPDATE attempt SET cancel_requested = true",
            "being ended"
        ),
        Case(
            "upstream_failed",
            "/runs/sales/latest-failed/tasks/report/why",
            "",
            "what it needs failed",
            "load: failed"
        ),
        Case(
            "max_active_runs",
            "/runs/sales/later/why",
            waitingRun,
            "Only 1 run of this DAG",
            "2026-08-22T043000Z runs since"
        ),
        Case(
            "not_before",
            "/runs/sales/later/why",
            waitingRun + "UPDATE dag_run SET run_after = now() + interval '1 hour' WHERE key = 'later'",
            "It starts at"
        ),
        Case(
            "start_deadline",
            "/runs/sales/later/why",
            waitingRun + "UPDATE dag_run SET start_by = now() + interval '1 hour' WHERE key = 'later'",
            "cancelled if it has not started by"
        ),
        Case(
            "backfill_paused",
            "/runs/sales/later/why",
            waitingRun + "UPDATE dag_run SET hold = 'backfill_paused', backfill_id = 1 WHERE key = 'later'",
            "backfill 1 is paused",
            "rota backfills resume 1"
        ),
        Case(
            "no_scheduler",
            "/runs/sales/later/why",
            waitingRun + "UPDATE dag_run SET hold = NULL WHERE key = 'later'",
            "Nobody is scheduling"
        ),
        Case("run_queued", "/dags/sales/why", waitingRun, "sales/later", "Only 1 run of this DAG"),
        Case(
            "paused",
            "/dags/sales/why",
            "UPDATE dag SET paused = true, paused_at = now()",
            "paused since",
            "unpause sales"
        ),
        Case(
            "halted",
            "/dags/sales/why",
            "INSERT INTO schedule_halt (at, jump_us) VALUES (now(), 90000000000)",
            "halted",
            "resume"
        ),
        Case("no_scheduler", "/dags/sales/why", "", "Nobody is scheduling: no server ever did"),
        Case(
            "no_scheduler",
            "/dags/sales/why",
            """
            INSERT INTO server (id, host, version, last_seen, roles) VALUES
                ('a', 'h', '1', now() - interval '1 hour', '{scheduler}'), ('b', 'h', '1', now(), '{web}')
            """,
            "the last server that did was heard of at"
        ),
        Case(
            "clock_set_back",
            "/dags/sales/why",
            "UPDATE dag SET cursor = now() + interval '1 hour', next_run = now() + interval '2 hours'",
            "The database's clock was set back",
            "rota trigger sales"
        ),
        Case("next_tick", "/dags/sales/why", "", "Its next tick (30 4 * * *)"),
        Case("schedule_over", "/dags/sales/why", "UPDATE dag SET next_run = NULL", "has no tick after"),
        Case("retired", "/dags/old/why", "", "is gone since"),
        Case("file_broken", "/dags/bad/why", "", "never was", "bad.yaml:3:5 unknown key"),
        Case(
            "file_broken",
            "/dags/sales/why",
            "UPDATE dag_file_error SET path = 'sales.yaml', dag_name = 'sales'",
            "version 1 stays in force"
        ),
        Case(
            "skipped_overlap",
            "/dags/sales/why",
            "INSERT INTO tick (dag_id, tick_at, decision) SELECT id, now(), 'overlap' FROM dag WHERE name = 'sales'",
            "the run before it had not ended"
        ),
        Case(
            "skipped_catchup",
            "/dags/sales/why",
            """
            INSERT INTO tick_range (dag_id, first_tick, last_tick, ticks, decision)
            SELECT id, now() - interval '9 days', now(), 9, 'catchup' FROM dag WHERE name = 'sales'
            """,
            "catch-up leaves it out",
            "9 ticks from"
        ),
    ]

    @Test(arguments: cases)
    func `the reason is told with its facts`(_ example: Case) async throws {
        try await APIHarness.run { api in
            if !example.sql.isEmpty {
                try await api.store.pool.withConnection { try await $0.executeScript(example.sql, name: "case") }
            }
            let answer = try await api.get(example.target)
            #expect(answer.status == 200)
            let reasons = answer.json["reasons"]?.elements ?? []
            let reason = reasons.first { $0["kind"]?.text == example.kind }
            guard let reason else {
                Issue.record("only \(reasons.compactMap { $0["kind"]?.text })")
                return
            }
            let lines =
                [reason["sentence"]?.text, reason["advice"]?.text].compactMap(\.self)
                + (reason["details"]?.elements ?? []).compactMap { $0["sentence"]?.text }
            for words in example.words {
                #expect(lines.contains { $0.contains(words) }, "\(words): \(lines)")
            }
        }
    }

    @Test func `what has ended does not wait`() async throws {
        try await APIHarness.read { api in
            let answer = try await api.get("/runs/sales/2026-08-20T043000Z/why").json
            #expect(answer["reasons"]?.elements.isEmpty == true)
            #expect(answer["sentence"]?.text?.contains("it ended in success") == true)
        }
    }

    @Test func `a DAG that nobody knows is not explained`() async throws {
        try await APIHarness.read { api in
            let answer = try await api.get("/dags/salse/why")
            #expect(answer.status == 404)
            #expect(answer.message.contains("Did you mean 'sales'?"))
        }
    }
}
