import Store
import Testing

@testable import Core
@testable import Scheduler

/// Failures are counted by their cause in the transaction that ends them.
struct SignatureTests {
    private static let file = "tasks: {load: {run: 'false'}}"
    private static let refused = "OperationalError: connection to 10.0.0.3:5432 refused"

    private static func report(
        _ claimed: Stage.Claimed,
        code: Int32 = 1,
        cause: String? = refused,
        rule: LineScanner.Rule = .traceback
    ) -> AttemptReport {
        let now = Timestamp(seconds: 1_700_000_000)
        let record = ExitRecord(ending: .exited(code), startedAt: now, endedAt: now, duration: .zero, logBytes: 0)
        return AttemptReport(
            attempt: claimed.attempt,
            run: claimed.run,
            end: .exited(record, outputProblem: nil),
            logLength: 0,
            cause: cause.map { CauseLine(number: 1, text: $0, rule: rule.rawValue) }
        )
    }

    @Test func `one broken warehouse is one failure over tasks and DAGs`() async throws {
        try await Stage.with { stage in
            for dag in ["sales", "ledger"] {
                try await stage.put(Self.file, id: dag)
                _ = try await stage.trigger(dag)
            }
            for (index, claimed) in try await stage.claim().enumerated() {
                let cause = "OperationalError: connection to 10.0.0.\(index):5432 refused"
                try await stage.engine.submit(Self.report(claimed, cause: cause))
            }
            let listed = try await stage.store.signatures(limit: 10).items
            let one = try #require(listed.first)
            #expect(listed.count == 1)
            #expect(one.failures == 2)
            #expect(one.dags == ["ledger", "sales"])
            #expect(one.template == "OperationalError: connection to <address> refused")
            #expect(one.exitCode == 1)
            #expect(one.lastSeen > one.firstSeen)
            let spread = try await stage.store.spread(ofSignature: one.id)
            #expect(spread.tasks.map(\.dag) == ["ledger", "sales"])
            #expect(spread.runners.map(\.name) == ["stage"])
            #expect(spread.failures == 2 && spread.runs == 2 && spread.taskCount == 2)
            let newest = try await stage.store.failures(ofSignature: one.id, limit: 10)
            #expect(newest.map(\.causeLine) == [1, 1])
            let failing = try await stage.store.failingDAGs(limit: 10)
            #expect(failing.count == 1)
            #expect(failing.first?.dagCount == 2)
            #expect(failing.first?.signature == one.id)
            #expect(failing.first?.dags == ["ledger", "sales"])
        }
    }

    @Test func `a report that comes twice counts once, and each retry counts`() async throws {
        try await Stage.with { stage in
            try await stage.put("tasks: {load: {run: 'false', retries: {limit: 1, delay: 0s}}}", id: "sales")
            let run = try await stage.trigger("sales")
            let first = try #require(try await stage.claim().first)
            try await stage.engine.submit(Self.report(first))
            try await stage.engine.submit(Self.report(first))
            #expect(try await stage.store.signatures(limit: 10).items.map(\.failures) == [1])
            try await stage.engine.queueRetries(inRuns: [first.run])
            let second = try #require(try await stage.claim().first)
            try await stage.engine.submit(Self.report(second))
            #expect(try await stage.store.signatures(limit: 10).items.map(\.failures) == [2])
            let detail = try #require(try await stage.store.runDetail(run))
            #expect(Set(detail.tasks[0].attempts.map(\.signature)).count == 1)
            #expect(detail.tasks[0].attempts[0].signature != nil)
        }
    }

    @Test func `what is lost is known by its runner, and what succeeds by nothing`() async throws {
        try await Stage.with { stage in
            for dag in ["sales", "ledger"] {
                try await stage.put(Self.file, id: dag)
                _ = try await stage.trigger(dag)
            }
            let claimed = try await stage.claim()
            try await stage.engine.submit(
                AttemptReport(attempt: claimed[0].attempt, run: claimed[0].run, end: .lost(proof: "its host restarted"))
            )
            try await stage.engine.submit(Self.report(claimed[1], code: 0, cause: nil))
            let listed = try await stage.store.signatures(limit: 10).items
            #expect(listed.map(\.subject) == ["runner stage"])
            #expect(listed.map(\.state) == [.lost])
            #expect(try await stage.ask("SELECT count(signature_id)::text FROM attempt") == [["1"]])
        }
    }

    @Test func `failures are listed page by page, latest seen first`() async throws {
        try await Stage.with { stage in
            for dag in ["a", "b", "c"] {
                try await stage.put(Self.file, id: dag)
                _ = try await stage.trigger(dag)
                let claimed = try #require(try await stage.claim().first)
                try await stage.engine.submit(Self.report(claimed, cause: "ERROR: table \(dag) is gone"))
            }
            let first = try await stage.store.signatures(limit: 2)
            #expect(first.items.map(\.sample) == ["ERROR: table c is gone", "ERROR: table b is gone"])
            let rest = try await stage.store.signatures(after: first.next, limit: 2)
            #expect(rest.items.map(\.sample) == ["ERROR: table a is gone"])
            #expect(rest.next == nil)
        }
    }

    @Test func `servers that count the same failures at once neither lose one nor stand in each other's way`()
        async throws
    {
        try await Stage.with { stage in
            let store = stage.store
            let verdict = AttemptVerdict(attempt: .failed, exitCode: 1, next: .end(.failed))
            let signatures = "abcdefghijklmnopqrst".compactMap { letter in
                FailureSignature(
                    verdict,
                    cause: FailureSignature.Cause(text: "ERROR: no table \(letter)", rule: .errorWord),
                    dag: "sales",
                    task: "load",
                    runner: "local"
                )
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for round in 0..<24 {
                    group.addTask {
                        // Each in an order of its own, as attempts end.
                        let turned = signatures[(round % 20)...] + signatures[..<(round % 20)]
                        let failures = (round.isMultiple(of: 2) ? Array(turned) : turned.reversed()).map { signature in
                            (attempt: AttemptID(milliseconds: 1, random: (UInt64(round), 1)), signature: signature)
                        }
                        try await store.transaction { try $0.sign(failures) }
                    }
                }
                try await group.waitForAll()
            }
            let counted = try await store.signatures(limit: 100).items
            #expect(counted.count == 20)
            #expect(counted.allSatisfy { $0.failures == 24 })
        }
    }
}
