import Core
import Postgres
import Store
import Testing

@testable import Scheduler
@testable import Simulation

/// What the simulation's memory does is what PostgreSQL does.
struct DifferentialTests {
    private static let steps = 60

    @Test(arguments: UInt64(1)...24)
    func `memory and PostgreSQL go the same way, step by step`(seed: UInt64) async throws {
        let difference = try await Self.difference(seed: seed, mutation: nil)
        #expect(difference == nil)
    }

    @Test func `a memory that goes another way is noticed`() async throws {
        var seed: UInt64 = 0
        var difference: String?
        while difference == nil, seed < 20 {
            seed += 1
            difference = try await Self.difference(seed: seed, mutation: .retriesAreFree)
        }
        #expect(difference != nil)
    }

    /// Goes the same way on both sides; returns the steps up to the first difference, and what differs.
    private static func difference(seed: UInt64, mutation: Mutation?) async throws -> String? {
        try await Stage.with(clock: Scenario.beginning) { stage in
            var both = try await TwoStores(stage, seed: seed, mutation: mutation)
            for _ in 0..<steps {
                if let refusal = try await both.step() { return both.told(refusal) }
                let (real, memory) = (try await both.real(), both.remembered())
                guard real != memory else { continue }
                let only = Set(real).symmetricDifference(memory).sorted { $0.dropFirst(2) < $1.dropFirst(2) }
                return both.told(
                    only.map { (real.contains($0) ? "PostgreSQL: " : "memory:     ") + $0 }.joined(separator: "\n")
                )
            }
            let problems = try await stage.store.check(versions: both.engine.versions)
            return problems.isEmpty ? nil : both.told(problems.joined(separator: "\n"))
        }
    }
}

extension TwoStores {
    /// What was done, and what came of it.
    fileprivate func told(_ what: String) -> String { (steps + [what]).joined(separator: "\n") }

    /// All rows that matter, as the database has them.
    func real() async throws -> [String] {
        let queries = [
            """
            SELECT 'run ' || dag_id || ' ' || key || ' ' || type || ' ' || state || ' ' || coalesce(reason, '-') || ' '
                || cancel_requested || ' ' || tasks || ' ' || unfinished || ' ' || failures FROM dag_run
            """,
            """
            SELECT 'task ' || r.dag_id || ' ' || r.key || ' ' || t.task_index || ' ' || t.map_index || ' ' || t.state || ' '
                || coalesce(t.reason, '-') || ' ' || t.attempts || ' ' || t.retries_used || ' ' || t.losses || ' '
                || t.cancel_requested || ' ' || (t.attempt_id IS NOT NULL) || ' '
                || CASE WHEN t.state = 'waiting' THEN coalesce(t.hold, '-') ELSE '-' END
                || CASE WHEN t.state = 'removed' THEN '' ELSE ' ' || concat_ws('/', t.upstream, t.up_success, t.up_failed,
                    t.up_upstream_failed, t.up_skipped, t.up_cancelled, t.up_removed) END
            FROM task_instance t JOIN dag_run r ON r.id = t.run_id
            """,
            """
            SELECT 'attempt ' || r.dag_id || ' ' || r.key || ' ' || t.task_index || ' ' || t.map_index || ' ' || a.number
                || ' ' || a.state || ' ' || coalesce(a.exit_code, -1) || ' ' || a.cancel_requested
            FROM attempt a JOIN task_instance t ON t.id = a.task_instance_id JOIN dag_run r ON r.id = t.run_id
            """,
            """
            SELECT 'tick ' || k.dag_id || ' ' || extract(epoch FROM k.tick_at)::bigint || ' 1 ' || k.decision || ' '
                || coalesce(r.key, '-') FROM tick k LEFT JOIN dag_run r ON r.id = k.run_id
            """,
            """
            SELECT 'tick ' || dag_id || ' ' || extract(epoch FROM first_tick)::bigint || ' ' || ticks || ' ' || decision
                || ' -' FROM tick_range
            """,
            """
            SELECT 'dag ' || id || ' ' || paused || ' ' || (extract(epoch FROM cursor) * 1000000)::bigint || ' '
                || coalesce(extract(epoch FROM next_tick)::bigint, 0) FROM dag
            """,
        ]
        var rows: [String] = []
        for query in queries { rows += try await stage.ask(query).map { $0[0] } }
        return rows.sorted()
    }

    /// The same rows, as the memory has them.
    func remembered() -> [String] {
        var rows: [String] = []
        for run in memory.runs {
            rows.append(
                "run \(run.dag + 1) \(run.key) \(run.type.rawValue) \(run.state.rawValue) \(run.reason ?? "-") "
                    + "\(run.cancelRequested) \(run.tasks) \(run.unfinished) \(run.failures)"
            )
            for row in memory.rows(ofRun: run.id) { rows.append(task(row, run)) }
        }
        for attempt in memory.attempts {
            let (line, run) = (memory.instances[attempt.instance], memory.runs[attempt.run])
            rows.append(
                "attempt \(run.dag + 1) \(run.key) \(line.key.task) \(line.key.mapIndex) \(attempt.number) "
                    + "\(attempt.state.rawValue) \(attempt.exitCode ?? -1) \(attempt.cancelRequested)"
            )
        }
        for (index, dag) in memory.dags.enumerated() {
            rows += dag.ledger.map { line in
                "tick \(index + 1) \(line.first.wholeSeconds) \(line.count) \(line.decision) "
                    + (line.run.map { memory.runs[$0].key } ?? "-")
            }
            rows.append(
                "dag \(index + 1) \(dag.isPaused) \(dag.cursor.microseconds) \(dag.nextTick?.wholeSeconds ?? 0)"
            )
        }
        return rows.sorted()
    }

    private func task(_ row: MemoryStore.InstanceLine, _ run: MemoryStore.RunLine) -> String {
        let counts = row.counts
        let numbers = [
            counts.total, counts.success, counts.failed, counts.upstreamFailed, counts.skipped, counts.cancelled,
            counts.removed,
        ]
        return "task \(run.dag + 1) \(run.key) \(row.key.task) \(row.key.mapIndex) \(row.state.rawValue) "
            + "\(row.reason ?? "-") \(row.attempts) \(row.retriesUsed) \(row.losses) \(row.cancelRequested) "
            + "\(row.attempt != nil) \(row.state == .waiting ? row.hold ?? "-" : "-")"
            + (row.state == .removed ? "" : " " + numbers.map(String.init).joined(separator: "/"))
    }
}
