import Core
import Testing

struct LogCapTests {
    private static let cap = LogCap(bytes: 1000)

    @Test(
        arguments: [
            (stored: 0, length: 100, next: 0), (0, 5000, 0), (499, 5000, 499), (500, 1000, 500), (500, 1001, 501),
            (500, 5000, 4500), (4600, 5000, 4600), (5000, 5000, 5000),
        ] as [(stored: Int64, length: Int64, next: Int64)]
    )
    func `reading passes over what will not be kept`(_ stored: Int64, _ length: Int64, _ next: Int64) {
        #expect(Self.cap.next(after: stored, of: length) == next)
    }

    @Test func `a piece ends where the head does`() {
        #expect(Self.cap.limit(at: 0, most: 400) == 400)
        #expect(Self.cap.limit(at: 400, most: 400) == 100)
        #expect(Self.cap.limit(at: 500, most: 400) == 400)
    }

    @Test func `a log within its cap is kept whole, of a longer one head and tail`() {
        #expect(Self.cap.surplus(storedTo: 1000) == nil)
        #expect(Self.cap.surplus(storedTo: 1500) == 500..<1000)
        #expect(LogCap(bytes: 1001).surplus(storedTo: 1500) == 500..<999)
    }

    @Test func `what a runner gives back is never within what is kept, however far reading is behind`() {
        for bytes: Int64 in [1 << 20, 3_000_001, 256 << 20] {
            let cap = LogCap(bytes: bytes)
            for length: Int64 in stride(from: 0, to: 8 * bytes, by: Int(bytes / 7)).map({ $0 }) {
                guard let spare = cap.spare(of: length) else { continue }
                #expect(spare.lowerBound >= cap.head && spare.upperBound <= length - 2 * cap.tail)
                #expect(spare.lowerBound % 65_536 == 0 && spare.upperBound % 65_536 == 0)
            }
            #expect(cap.spare(of: bytes) == nil)
            #expect(cap.spare(of: 8 * bytes) != nil)
        }
    }

    @Test(
        arguments: [
            ("512MiB", 512 << 20), ("2 GiB", 2 << 30), ("1kB", 1000), ("7B", 7), ("3TB", 3_000_000_000_000),
        ] as [(String, Int64)]
    )
    func `sizes are read`(_ text: String, _ bytes: Int64) {
        #expect(SizeText.parse(text) == bytes)
    }

    @Test(arguments: ["", "512", "MiB", "-1MiB", "1mib", "1.5GiB", "99999999999999TiB", "1 MiB "])
    func `what is no size is refused`(_ text: String) {
        #expect(SizeText.parse(text) == nil)
    }

    @Test func `sizes and processors are told in round words`() {
        #expect(SizeText.spell(2 << 30) == "2 GiB")
        #expect(SizeText.spell(1536 << 20) == "1536 MiB")
        #expect(SizeText.spell(1001) == "1001 B")
        #expect(ResourceLimits(processorMillis: 1000).processorWords == "1 processor")
        #expect(ResourceLimits(processorMillis: 1500).processorWords == "1.5 processors")
        #expect(ResourceLimits(processorMillis: 10).processorWords == "0.01 processors")
    }

    @Test func `limits are kept by groups where they can be, and what is not kept is said`() {
        let both = ResourceLimits(memory: 2 << 30, processorMillis: 2000)
        #expect(LimitPlan(ResourceLimits(), controllers: nil).isEmpty)
        let whole = LimitPlan(both, controllers: ["memory", "cpu", "pids"])
        #expect(whole.hasGroup && whole.addressSpace == nil && whole.note == nil)
        let none = LimitPlan(both, controllers: nil)
        #expect(!none.hasGroup && none.addressSpace == 2 << 30)
        #expect(none.note?.contains("2 GiB of memory were the limit of each process") == true)
        #expect(none.note?.contains("2 processors was not kept") == true)
        let half = LimitPlan(both, controllers: ["cpu"])
        #expect(half.hasGroup && half.addressSpace == 2 << 30)
        #expect(half.note?.contains("no memory controller") == true)
        #expect(half.note?.contains("processors") == false)
    }

    @Test func `an attempt that ran out of memory failed for that reason, and may be tried again`() {
        let record = ExitRecord(
            ending: .signalled(9),
            startedAt: .epoch,
            endedAt: .epoch,
            duration: .zero,
            logBytes: 0,
            isOutOfMemory: true
        )
        var history = AttemptHistory(
            retries: RetryPolicy(limit: 1),
            skipExitCodes: [],
            retriesUsed: 0,
            losses: 0,
            cancelRequested: false
        )
        let verdict = decide(.exited(record, outputProblem: nil), history, chance: 0)
        #expect(verdict.attempt == .failed && verdict.reason == "out_of_memory" && verdict.signal == 9)
        guard case .retry = verdict.next else {
            Issue.record("it is not tried again")
            return
        }
        history.retriesUsed = 1
        #expect(decide(.exited(record, outputProblem: nil), history, chance: 0).next == .end(.failed))
    }

    @Test func `bytes that nobody read are one line to the scanner`() {
        var scanner = LineScanner()
        _ = scanner.scan(Array("one\ntwo\nhalf".utf8))
        scanner.skip()
        #expect(scanner.lineEnds == 3)
        _ = scanner.scan(Array("rest\nERROR five\n".utf8))
        #expect(scanner.candidate?.line == 5)
        #expect(scanner.candidate?.text == "ERROR five")
    }
}
