import Synchronization
import TestKit
import Testing

@testable import Web

struct DatabasePulseTests {
    @Test func `no answer in time is no, and one question waits for it, not many`() async throws {
        let isOpen = Mutex(false)
        let asked = Mutex(0)
        let pulse = DatabasePulse(limit: .milliseconds(50)) {
            asked.withLock { $0 += 1 }
            try? await eventually("an open gate") { isOpen.withLock { $0 } }
            return true
        }
        for _ in 0..<3 { #expect(await pulse.answers() == false) }
        #expect(asked.withLock { $0 } == 1)
        isOpen.withLock { $0 = true }
        try await eventually("an answer") { await pulse.answers() }
    }

    @Test func `a database that cannot be reached is asked again each time`() async {
        let asked = Mutex(0)
        let pulse = DatabasePulse {
            asked.withLock {
                $0 += 1; return $0 > 2
            }
        }
        #expect(await pulse.answers() == false)
        #expect(await pulse.answers() == false)
        #expect(await pulse.answers())
    }
}
