import Testing

@testable import Core

struct FailureSignatureTests {
    private static func verdict(
        _ state: AttemptState,
        code: Int32? = nil,
        signal: Int32? = nil,
        reason: String? = nil
    ) -> AttemptVerdict {
        AttemptVerdict(attempt: state, exitCode: code, signal: signal, reason: reason, next: .end(.failed))
    }

    private static func signature(
        _ verdict: AttemptVerdict,
        _ text: String? = nil,
        _ rule: LineScanner.Rule = .traceback,
        dag: String = "sales",
        task: String = "load",
        runner: String = "local"
    ) -> FailureSignature? {
        let cause = text.map { FailureSignature.Cause(text: $0, rule: rule) }
        return FailureSignature(verdict, cause: cause, dag: dag, task: task, runner: runner)
    }

    @Test func `a broken warehouse is one sort of failure, whoever met it`() throws {
        let failed = Self.verdict(.failed, code: 1)
        let first = try #require(Self.signature(failed, "OperationalError: 10.0.0.3:5432 refused, try 3"))
        let second = try #require(
            Self.signature(
                failed,
                "OperationalError: 10.0.0.4:5432 refused, try 17",
                dag: "ledger",
                task: "x",
                runner: "b"
            )
        )
        #expect(first.key == second.key)
        #expect(first.subject == "")
        #expect(first.sample == "OperationalError: 10.0.0.3:5432 refused, try 3")
    }

    @Test func `ends that differ are different sorts`() {
        let text = "ERROR: refused"
        let keys = [
            Self.signature(Self.verdict(.failed, code: 1), text)?.key,
            Self.signature(Self.verdict(.failed, code: 2), text)?.key,
            Self.signature(Self.verdict(.failed, signal: 9), text)?.key,
            Self.signature(Self.verdict(.timedOut, signal: 15, reason: "timed_out"), text)?.key,
            Self.signature(Self.verdict(.failed, code: 1), "ERROR: accepted")?.key,
        ]
        #expect(!keys.contains(nil))
        #expect(Set(keys).count == keys.count)
    }

    @Test func `what says nothing is told by its task`() {
        let silent = Self.signature(Self.verdict(.failed, code: 1))
        #expect(silent?.subject == "task sales/load")
        #expect(silent?.key != Self.signature(Self.verdict(.failed, code: 1), task: "other")?.key)
        let killed = Self.verdict(.failed, signal: 9)
        let here = Self.signature(killed, "row 17 done", .lastLine)
        #expect(here?.template == "")
        #expect(here?.key == Self.signature(killed, "chunk x done", .lastLine)?.key)
        #expect(Self.signature(killed, "MemoryError", .traceback)?.subject == "")
        #expect(Self.signature(Self.verdict(.timedOut), "row 17 done", .lastLine)?.subject == "task sales/load")
    }

    @Test func `a lost attempt is told by its proof and its runner`() {
        let verdict = Self.verdict(.lost, reason: "the host restarted at 02:00:13")
        let one = Self.signature(verdict, "row 17", .lastLine, runner: "etl-03")
        #expect(one?.subject == "runner etl-03")
        #expect(one?.template == "the host restarted at <time>")
        #expect(one?.key == Self.signature(verdict, dag: "other", runner: "etl-03")?.key)
        #expect(one?.key != Self.signature(verdict, runner: "etl-04")?.key)
    }

    @Test func `what could not be started is told by the sentence that says so`() {
        let reason = "/opt/x.sh: no such file"
        #expect(Self.signature(Self.verdict(.failed, reason: reason))?.template == reason)
        let unpublished = Self.verdict(.failed, code: 0, reason: "output rows is missing")
        #expect(Self.signature(unpublished, "all done", .lastLine)?.template == "output rows is missing")
    }

    @Test(
        arguments: [
            ("https://api.example.com/v1?x=1", "requests to api.example.com"),
            ("http://ana:pw@10.0.0.1:8080", "requests to 10.0.0.1:8080"),
            ("https://{{ params.host }}/x", "task sales/load"), ("{{ params.url }}", "task sales/load"),
        ]
    )
    func `a failed request is told by its host`(_ url: String, _ subject: String) {
        let verdict = Self.verdict(.failed, reason: "Connection refused")
        let signature = FailureSignature(verdict, cause: nil, dag: "sales", task: "load", runner: "x", url: url)
        #expect(signature?.subject == subject)
        #expect(signature?.template == "Connection refused")
    }

    @Test(arguments: [AttemptState.success, .skipped, .cancelled, .neverStarted])
    func `what is no failure has none`(_ state: AttemptState) {
        #expect(Self.signature(Self.verdict(state, code: 0), "ERROR") == nil)
    }
}
