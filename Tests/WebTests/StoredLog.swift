import Core
import Postgres
import Store

@testable import Web

/// A log that is stored as the program stores it, in pieces, for tests of its pages.
struct StoredLog {
    let seeded: SeededSite
    let client: SiteClient
    let attempt: AttemptRecord
    /// The address of the attempt's page.
    let path: String

    /// Puts a text in place of the log of the newest failure of `load_orders`.
    static func with(
        _ text: [UInt8],
        piece: Int = 250_000,
        seconds: [Int] = [],
        cause: Int? = nil,
        _ body: (StoredLog) async throws -> Void
    ) async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let store = seeded.store
            guard let name = try await store.resolve(RunName(dag: "sales_daily", key: "latest-failed")),
                let run = try await store.run(name),
                let task = try await store.instance(ofRun: run.rowID, task: "load_orders", mapIndex: nil),
                let attempt = task.attempts.last
            else { return }
            let line = cause.map(String.init) ?? "NULL"
            try await store.pool.withConnection {
                try await $0.executeScript(
                    """
                    DELETE FROM attempt_log WHERE attempt_id = '\(attempt.id)';
                    UPDATE attempt SET log_bytes = 0, log_lines = 0, cause_line = \(line), cause_text = 'the cause'
                    WHERE id = '\(attempt.id)';
                    """
                )
            }
            try await append(text, piece: piece, to: attempt.id, store)
            for (index, second) in seconds.enumerated() {
                try await store.pool.withConnection {
                    try await $0.executeScript(
                        """
                        UPDATE attempt_log SET at = '2026-08-21T02:00:00Z'::timestamptz + interval '\(second) seconds'
                        WHERE attempt_id = '\(attempt.id)' AND start_byte = (SELECT start_byte FROM attempt_log
                            WHERE attempt_id = '\(attempt.id)' ORDER BY start_byte OFFSET \(index) LIMIT 1);
                        UPDATE attempt SET started_at = '2026-08-21T02:00:00Z' WHERE id = '\(attempt.id)';
                        """
                    )
                }
            }
            guard
                let changed = try await store.instance(ofRun: run.rowID, task: "load_orders", mapIndex: nil)?.attempts
                    .last
            else { return }
            let path = Address.task(name, "load_orders")
            try await body(StoredLog(seeded: seeded, client: client, attempt: changed, path: path))
        }
    }

    /// Appends a text piece by piece, as a seat does.
    static func append(_ text: [UInt8], piece: Int, to attempt: AttemptID, _ store: Store) async throws {
        var scanner = LineScanner()
        var start = 0
        while start < text.count {
            let bytes = Array(text[start..<min(start + piece, text.count)])
            let line = scanner.lineEnds + 1
            let ends = scanner.scan(bytes)
            let piece = LogPiece(
                attempt: attempt,
                start: Int64(start),
                firstLine: line,
                lineEnds: ends,
                bytes: bytes,
                marks: scanner.takeMarks()
            )
            _ = try await store.transaction { try $0.append([piece]) }
            start += bytes.count
        }
    }

    func get(_ query: String) async throws -> String { try await client.get(path + query).text }
}
