import Core
import Testing

@testable import rota

struct BackfillProgressTests {
    private func progress(_ runs: String) throws -> BackfillProgress {
        let text = #"{"created_at": "2026-01-01T00:00:00Z", "runs": \#(runs)}"#
        return BackfillProgress(try #require(JSONValue(parsing: text)))
    }

    @Test func `the rest is told from the pace so far`() throws {
        let progress = try progress(#"{"queued": 5, "running": 1, "success": 2, "failed": 1, "cancelled": 0}"#)
        #expect(progress.words == "3 of 9 ended, 1 of them failed; 1 running")
        let now = try #require(Timestamp(rfc3339: "2026-01-01T00:01:00Z"))
        #expect(progress.rest(now: now) == .seconds(120))
    }

    @Test func `before the first end nothing is told, nor after the last`() throws {
        let now = try #require(Timestamp(rfc3339: "2026-01-01T00:01:00Z"))
        #expect(try progress(#"{"queued": 5, "running": 1}"#).rest(now: now) == nil)
        #expect(try progress(#"{"success": 5}"#).rest(now: now) == nil)
    }
}
