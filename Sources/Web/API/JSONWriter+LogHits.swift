import Core
import Store

extension JSONWriter {
    /// Writes what a search in a log found.
    mutating func hits(_ found: LogHits, of attempt: AttemptRecord) {
        object { writer in
            writer.member("attempt", attempt.number)
            writer.name("lines")
            writer.array(found.hits) { writer, hit in
                writer.object { writer in
                    writer.member("line", hit.number)
                    writer.member("text", String(decoding: hit.text, as: UTF8.self))
                    writer.name("before")
                    writer.array(hit.before) { $0.logLine($1) }
                    writer.name("after")
                    writer.array(hit.after) { $0.logLine($1) }
                }
            }
            writer.member("count", found.count)
            writer.member("more", found.count > found.hits.count)
            writer.member("searched", found.end)
            writer.member("size", max(attempt.logBytes, found.end))
            writer.member("complete", found.isWhole)
        }
    }

    private mutating func logLine(_ line: LogDifference.Source) {
        object {
            $0.member("line", line.number)
            $0.member("text", String(decoding: line.bytes, as: UTF8.self))
        }
    }
}
