import AttemptProtocol
import Core
import Testing

struct WireTests {
    private static let id = AttemptID(high: 0x0192_0000_0000_7abc, low: 0x8123_4567_89ab_cdef)
    private static let identity: KeeperIdentity = {
        var identity = KeeperIdentity(directoryID: "d", bootID: "b", hostName: "h", processID: 3)
        identity.sinceBoot = .seconds(5)
        identity.bootAge = .seconds(6)
        return identity
    }()
    private static let record = ExitRecord(
        ending: .signalled(9),
        cause: .timedOut,
        startedAt: Timestamp(microseconds: 1),
        endedAt: Timestamp(microseconds: 2),
        duration: .nanoseconds(3),
        processorTime: .nanoseconds(4),
        peakMemory: 5,
        logBytes: 6,
        note: "ü",
        isOutOfMemory: true
    )

    @Test func `a start order comes out as it went in`() throws {
        let order = StartOrder(
            id: WireTests.id,
            bootID: "boot",
            script: [0, 255, 10],
            shell: ["a", ""],
            environment: [EnvironmentVariable("A", ""), EnvironmentVariable("B", "x\ny")],
            workingDirectory: "/w",
            runDirectory: "r",
            timeout: .seconds(5),
            grace: .milliseconds(7),
            fence: Fence(after: .seconds(40), contact: KeeperClock(bootID: "boot", sinceBoot: .seconds(9))),
            logCap: LogCap(bytes: 9),
            limits: ResourceLimits(memory: 10, processorMillis: 11)
        )
        #expect(try StartOrder(wire: order.wire[...]) == order)
        let plain = StartOrder(id: WireTests.id, script: [], runDirectory: "r")
        #expect(try StartOrder(wire: plain.wire[...]) == plain)
    }

    @Test(arguments: [
        KeeperRequest.hello(protocolVersion: 1),
        .hello(protocolVersion: 1, heard: KeeperClock(bootID: "b", sinceBoot: .milliseconds(5))),
        .start([StartOrder(id: id, script: [1], runDirectory: "r")]),
        .ask([id, id]), .cancel(id, grace: .seconds(1)), .subscribe, .forget([id]), .forgetRun("r"), .list,
        .reap([1, 2]), .retire,
    ])
    func `a request comes out as it went in`(_ request: KeeperRequest) throws {
        let frame = request.frame(request: 7)
        #expect(frame.request == 7)
        #expect(try KeeperRequest(frame) == request)
    }

    @Test(arguments: [
        KeeperReply.started([.refused(reason: "no"), .status(.running(StartRecord(processID: 4, startedAt: .epoch)))]),
        .statuses([.ended(record), .lost(proof: "gone"), .neverStarted(reason: "late")]),
        .done, .unable("why"),
        .hello(KeeperIdentity(directoryID: "d", bootID: "b", hostName: "h", processID: 3)), .hello(identity),
        .listing(KeeperListing(running: [], strays: [.init(processID: 5, name: "sleep", attempt: id)])),
    ])
    func `an answer comes out as it went in`(_ reply: KeeperReply) throws {
        #expect(try KeeperReply(reply.frame(request: 1)) == reply)
    }

    @Test(arguments: [
        KeeperEvent.ended(id, record), .lost(id, proof: "p"), .logGrew(id), .heartbeat,
    ])
    func `an event comes out as it went in`(_ event: KeeperEvent) throws {
        #expect(try KeeperEvent(event.frame) == event)
    }

    @Test(arguments: [
        RunnerTerms(labels: [], slots: 1),
        RunnerTerms(labels: ["a", "b"], slots: 9, reserved: ReservedSlots(slots: 2, priority: -80)),
        RunnerTerms(
            labels: ["a"],
            slots: 9,
            busy: LoadLimits(load: 1.5, memoryFree: 0.1, measure: 1_000, margin: 0.25)
        ),
    ])
    func `the terms of a host that joins come out as they went in`(_ terms: RunnerTerms) throws {
        #expect(try CarrierMessage(CarrierMessage.hello(terms).frame()) == .hello(terms))
    }

    @Test(arguments: [CarrierMessage.goodbye("it dialled anew"), .goodbye("why", word: "copied")])
    func `a goodbye says of which kind it is`(_ message: CarrierMessage) throws {
        #expect(try CarrierMessage(message.frame()) == message)
    }

    @Test func `a reader skips the fields of a later edition`() throws {
        var writer = WireWriter()
        writer.put(200, "something new")
        let bytes = writer.bytes + WireTests.record.wire + writer.bytes
        #expect(try ExitRecord(wire: bytes[...]) == WireTests.record)
        #expect(try KeeperRequest(Frame(kind: 60, request: 1, body: [])) == nil)
        #expect(try KeeperEvent(Frame(kind: 240, request: 0, body: [])) == nil)
    }

    @Test func `frames are cut the same however they arrive`() throws {
        let frames = (0..<5).map {
            Frame(kind: UInt8($0), request: UInt32($0), body: Array(repeating: 1, count: $0 * 9))
        }
        let bytes = frames.flatMap(\.encoded)
        for size in [1, 2, 7, 1000] {
            var buffer = FrameBuffer()
            var cut: [Frame] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                buffer.append(bytes[start..<min(start + size, bytes.count)])
                while let frame = try buffer.next() { cut.append(frame) }
            }
            #expect(cut == frames)
        }
    }

    @Test func `a runaway length is refused`() {
        var buffer = FrameBuffer()
        buffer.append([255, 255, 255, 255, 0, 0, 0, 0, 1])
        #expect(throws: WireError.tooLong(0xFFFF_FFFF)) { try buffer.next() }
    }

    @Test(arguments: ["", "..", ".hidden", "a/b", "a\0b", "ä", "a b"])
    func `a run's folder cannot have an unsafe name`(_ name: String) {
        #expect(!StateDirectory.isSafe(runDirectory: name))
    }

    @Test func `only an older version of three numbers is older`() {
        #expect(ProtocolVersion.isOlder("0.1.9", than: "0.1.10"))
        #expect(!ProtocolVersion.isOlder("0.1.0", than: "0.1.0"))
        #expect(!ProtocolVersion.isOlder("1.0.0", than: "0.9.9"))
        #expect(!ProtocolVersion.isOlder("dev", than: "0.9.9"))
    }
}
