import AsyncHTTPClient
import AttemptProtocol
import Core
import NIOCore
import NIOHTTP1
import Synchronization

/// One connection to a server: answers what it asks and tells what happens, until something breaks.
struct DialOutSession {
    let client: DialOutClient
    let credential: RunnerCredential
    let runner: LocalRunner
    let terms: RunnerTerms
    let silenceLimit: Duration

    /// So many frames may wait for a slow server; then the connection is given up, and the server asks anew.
    private static let waitingLimit = 100_000

    /// Runs until the connection breaks, and says why; `onOpen` is called when both halves are there.
    func run(onOpen: @escaping @Sendable () -> Void) async -> RunnerError {
        let session = RunnerCredential(name: "").secret
        do {
            let response = try await client.questions(credential, session: session)
            let speaksOfLoad = Self.speaksOfLoad(response, client.edition)
            let (outgoing, sending) = AsyncStream<ByteBuffer>.makeStream(
                bufferingPolicy: .bufferingOldest(Self.waitingLimit)
            )
            let mouth = DialOutMouth(sending: sending)
            mouth.say(CarrierMessage.hello(terms).frame())
            let pulse = HTTPRunnerPulse()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(name: "answers") {
                    try await client.answers(credential, session: session, outgoing)
                    throw broken("it ended the connection")
                }
                group.addTask(name: "beat") { try await beat(mouth, speaksOfLoad: speaksOfLoad) }
                group.addTask(name: "watch") { try await watch(pulse, mouth) }
                group.addTask(name: "questions") { try await listen(response.body, pulse, mouth, onOpen) }
                defer {
                    sending.finish()
                    group.cancelAll()
                }
                try await group.next()
            }
            return broken("it ended the connection")
        } catch let error as WireError {
            return broken("what it sends cannot be understood: \(error)")
        } catch {
            return await client.unreachable(error)
        }
    }

    /// Whether the server understands how busy this host is.
    private static func speaksOfLoad(_ response: HTTPClientResponse, _ ours: CarrierEdition) -> Bool {
        guard let theirs = CarrierEdition(header: response.headers.first(name: CarrierEdition.header)) else {
            return false
        }
        return (ours.agreed(with: theirs) ?? 1) >= 2
    }

    private func beat(_ mouth: DialOutMouth, speaksOfLoad: Bool) async throws {
        while true {
            if speaksOfLoad, let load = await runner.load() {
                mouth.say(CarrierMessage.report(load).frame())
            } else {
                mouth.say(KeeperEvent.heartbeat.frame)
            }
            try await Task.sleep(for: DialInWire.heartbeat)
        }
    }

    private func watch(_ pulse: HTTPRunnerPulse, _ mouth: DialOutMouth) async throws {
        while true {
            try await Task.sleep(for: .milliseconds(500))
            guard pulse.silence < silenceLimit else {
                throw broken("it has given no sign of life for \(pulse.silence.components.seconds) seconds")
            }
            guard !mouth.isOverfull else { throw broken("it took what happened too slowly") }
            // Without events the server would wait for ever; when it is dialled anew it asks.
            guard !mouth.isCutShort else {
                throw broken("what happens on this host cannot be told: its keeper is gone")
            }
        }
    }

    /// Reads what the server asks; each question is answered beside the others.
    private func listen(
        _ body: HTTPClientResponse.Body,
        _ pulse: HTTPRunnerPulse,
        _ mouth: DialOutMouth,
        _ onOpen: @escaping @Sendable () -> Void
    ) async throws {
        var frames = FrameBuffer()
        var isOpen = false
        var tells = false
        try await withThrowingDiscardingTaskGroup { group in
            for try await bytes in body {
                pulse.beat()
                if !isOpen {
                    isOpen = true
                    onOpen()
                }
                frames.append(bytes.readableBytesView)
                while let frame = try frames.next() {
                    if case .goodbye(let reason, let word)? = try CarrierMessage(frame) {
                        throw HTTPRunnerWire.error(word, reason, runner: client.server)
                    }
                    guard frame.request != 0 else {
                        guard !tells, case .subscribe? = try KeeperRequest(frame) else { continue }
                        tells = true
                        // Listening begins here, in the order of the questions.
                        let events = runner.events()
                        group.addTask(name: "events") { await tell(events, mouth) }
                        continue
                    }
                    group.addTask { mouth.say(await answer(frame)) }
                }
            }
            throw broken("it ended the connection")
        }
    }

    /// Tells what happens until nothing more can be known, and says so: an error would only reach whoever reads the
    /// questions when these end.
    private func tell(_ events: AsyncThrowingStream<RunnerEvent, any Error>, _ mouth: DialOutMouth) async {
        do {
            for try await event in events { mouth.say(KeeperEvent(event).frame) }
        } catch {
            // Why it broke off, the keeper's next greeting tells.
        }
        mouth.cutShort()
    }

    /// The answer to one question.
    private func answer(_ frame: Frame) async -> Frame {
        do {
            switch try CarrierMessage(frame) {
            case .readLog(let id, let offset, let limit):
                let most = max(0, min(limit, DialInWire.logLimit))
                let slice = try await runner.readLog(id, from: max(0, offset), limit: most)
                return CarrierMessage.bytes(slice.bytes, end: slice.end, start: slice.start)
                    .frame(request: frame.request)
            case .readOutput(let id):
                let bytes = try await runner.readOutput(id)
                return CarrierMessage.bytes(bytes, end: Int64(bytes.count)).frame(request: frame.request)
            default: break
            }
            guard let question = try KeeperRequest(frame) else {
                return KeeperReply.unable("the runner's host is of an older version, which does not know this").frame(
                    request: frame.request
                )
            }
            return try await RunnerDesk(runner: runner).reply(to: question).frame(request: frame.request)
        } catch let error as RunnerError {
            let message = CarrierMessage.failure(word: HTTPRunnerWire.word(error), reason: HTTPRunnerWire.reason(error))
            return message.frame(request: frame.request)
        } catch {
            return KeeperReply.unable("\(error)").frame(request: frame.request)
        }
    }

    private func broken(_ reason: String) -> RunnerError {
        .unreachable(runner: client.server, reason: reason)
    }
}

/// What goes to the server, in order.
private final class DialOutMouth: Sendable {
    private let sending: AsyncStream<ByteBuffer>.Continuation
    private let state = Mutex(State())

    private struct State {
        var isOverfull = false
        var isCutShort = false
    }

    init(sending: AsyncStream<ByteBuffer>.Continuation) {
        self.sending = sending
    }

    /// Whether something had no place any more, so that the server lacks it.
    var isOverfull: Bool { state.withLock { $0.isOverfull } }

    /// Whether events have broken off.
    var isCutShort: Bool { state.withLock { $0.isCutShort } }

    func cutShort() {
        state.withLock { $0.isCutShort = true }
    }

    func say(_ frame: Frame) {
        if case .dropped = sending.yield(ByteBuffer(bytes: frame.encoded)) { state.withLock { $0.isOverfull = true } }
    }
}
