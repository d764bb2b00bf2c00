import AttemptProtocol
import Core
import Glibc
import Runner
import TestKit
import Testing

/// What becomes of a log that grows beyond its cap.
struct LocalLogCapTests {
    private let fixture = LocalFixture()
    private var runner: LocalRunner { fixture.runner }

    @Test func `the middle of a log beyond its cap is given back to the disk, head and tail stay as they were`()
        async throws
    {
        let cap = LogCap(bytes: 1 << 20)
        let gate = fixture.folder + "/gate"
        // Sixteen megabytes of numbered lines of 64 bytes; then it waits, so that it is looked at while it runs.
        var order = StartOrder(
            """
            seq -f '%062.0f ' 1 262144
            until [ -e '\(gate)' ]; do sleep 0.02; done
            echo last
            """
        )
        order.logCap = cap
        _ = try await runner.start([order])
        let log = fixture.folder + "/state/attempts/\(order.id)/log"
        let length: Int64 = 262_144 * 64
        while true {
            if let facts = FileFacts(path: log), facts.size == length, facts.allocated < length / 2 { break }
            await Task.yield()
        }
        let head = try await runner.readLog(order.id, from: 0, limit: Int(cap.head))
        #expect(head.start == nil && head.bytes.count == Int(cap.head))
        #expect(Self.isNumbered(head.bytes, from: 0))
        let middle = try await runner.readLog(order.id, from: 4 << 20, limit: 1 << 16)
        let resumed = try #require(middle.start)
        #expect(resumed > 4 << 20 && resumed <= length - cap.tail)
        #expect(Self.isNumbered(middle.bytes, from: resumed))
        // A reading that runs into the gap ends before it.
        let edge = try await runner.readLog(order.id, from: cap.head - 128, limit: 1 << 20)
        #expect(edge.start == nil && edge.bytes.count < 1 << 17 && Self.isNumbered(edge.bytes, from: cap.head - 128))
        let tail = try await runner.readLog(order.id, from: length - cap.tail, limit: Int(cap.tail))
        #expect(tail.start == nil && tail.bytes.count == Int(cap.tail))
        #expect(Self.isNumbered(tail.bytes, from: length - cap.tail))
        TextFile.write("", to: gate)
        guard case .ended(let record) = try await runner.outcome(of: order.id) else {
            Issue.record("it has no record")
            return
        }
        #expect(record.logBytes == length + 5)
    }

    @Test func `zeros that a command prints are no gap`() async throws {
        var order = StartOrder("head -c 4000000 /dev/zero")
        order.logCap = LogCap(bytes: 16 << 20)
        let record = try await runner.record(of: order)
        #expect(record.logBytes == 4_000_000)
        let slice = try await runner.readLog(order.id, from: 1_000_000, limit: 1000)
        #expect(slice.start == nil && slice.bytes == [UInt8](repeating: 0, count: 1000))
    }

    @Test func `a log's cap outlives its keeper`() async throws {
        let gate = fixture.folder + "/gate"
        var order = StartOrder(
            "echo begun; until [ -e '\(gate)' ]; do sleep 0.02; done; seq -f '%062.0f ' 1 262144; sleep 600"
        )
        order.logCap = LogCap(bytes: 1 << 20)
        _ = try await runner.start([order])
        let check = RunnerCheck(runner: runner, folder: fixture.folder)
        _ = try await check.numbers(in: order.id, until: "begun")
        let keeper = SeenProcess(try KeeperProbe(folder: fixture.folder + "/state").identity().processID)
        kill(keeper.id, SIGKILL)
        try await eventually("the keeper's end") { !keeper.isAlive }
        _ = try await runner.identify()
        TextFile.write("", to: gate)
        while true {
            let slice = try await runner.readLog(order.id, from: 4 << 20, limit: 10)
            if slice.start != nil { break }
            await Task.yield()
        }
        try await runner.cancel(order.id, grace: .zero)
        #expect(try await runner.outcome(of: order.id).isOver)
    }

    /// Whether bytes are those of lines of 64 bytes that hold their numbers, from 1, from a place in the log on.
    private static func isNumbered(_ bytes: [UInt8], from place: Int64) -> Bool {
        for (index, byte) in bytes.enumerated() {
            let position = place + Int64(index)
            let (line, column) = (position / 64 + 1, Int(position % 64))
            let expected: UInt8
            switch column {
            case 63: expected = UInt8(ascii: "\n")
            case 62: expected = UInt8(ascii: " ")
            default:
                let digits = Array(String(line).utf8)
                expected = column >= 62 - digits.count ? digits[column - (62 - digits.count)] : UInt8(ascii: "0")
            }
            if byte != expected { return false }
        }
        return true
    }
}
