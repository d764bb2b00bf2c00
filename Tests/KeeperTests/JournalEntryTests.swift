import AttemptProtocol
import Core
import Testing

struct JournalEntryTests {
    private static let id = AttemptID(high: 0x0192_0000_0000_7abc, low: 0x8123_4567_89ab_cdef)
    private static let entries: [JournalEntry] = [
        .claimed(
            id,
            .init(bootID: "b", claimedAt: Timestamp(microseconds: 1), timeout: .seconds(2), grace: .seconds(3))
        ),
        .started(
            id,
            .init(
                record: StartRecord(processID: 4, startedAt: Timestamp(microseconds: 5)),
                ticks: 6...8,
                sinceBoot: .seconds(7)
            )
        ),
        .ended(id, ExitRecord(ending: .exited(0), startedAt: .epoch, endedAt: .epoch, duration: .zero, logBytes: 0)),
        .lost(id, proof: "gone"), .neverStarted(id, reason: "late"), .forgotten(id), .lowWater(id),
    ]

    @Test func `entries come out as they went in`() {
        let bytes = JournalEntryTests.entries.flatMap(\.encoded)
        let (read, end) = JournalEntry.read(bytes + [UInt8](repeating: 0, count: 100))
        #expect(read == JournalEntryTests.entries)
        #expect(end == bytes.count)
    }

    @Test func `reading stops at the first torn entry, wherever it is torn`() {
        let whole = JournalEntryTests.entries[0].encoded
        let last = JournalEntryTests.entries[3].encoded
        for length in 0..<last.count {
            let (read, end) = JournalEntry.read(whole + last.prefix(length) + [UInt8](repeating: 0, count: 50))
            #expect(read == [JournalEntryTests.entries[0]])
            #expect(end == whole.count)
        }
    }

    @Test func `a flipped bit is noticed`() {
        let bytes = JournalEntryTests.entries[2].encoded
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 4
            #expect(JournalEntry.read(damaged).entries.isEmpty)
        }
    }
}
