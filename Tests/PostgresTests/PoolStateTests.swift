import Testing

@testable import Postgres

struct PoolStateTests {
    private typealias State = PoolState<String, Int>

    private func slot(_ action: State.LeaseAction) -> String? {
        switch action {
        case .use(.idle(let link)): link
        case .use(.empty): "new"
        case .wait: "wait"
        case .fail: "fail"
        }
    }

    private func words(_ action: State.ReleaseAction) -> String {
        switch action {
        case .none: "nothing"
        case .resume(let waiter, .idle(let link)): "\(waiter) gets \(link)"
        case .resume(let waiter, .empty): "\(waiter) may connect"
        case .finish(let link, let closers): "end \(link ?? "nothing"), tell \(closers)"
        }
    }

    @Test func `slots are handed out up to the size and no further`() {
        var state = State(size: 2)
        #expect(slot(state.lease()) == "new")
        #expect(slot(state.lease()) == "new")
        #expect(slot(state.lease()) == "wait")
        #expect(state.leased == 2)
    }

    @Test func `the connection used last is lent first`() {
        var state = State(size: 2)
        _ = state.lease()
        _ = state.lease()
        _ = state.release("a")
        _ = state.release("b")
        #expect(slot(state.lease()) == "b")
        #expect(slot(state.lease()) == "a")
    }

    @Test func `those who wait are served in order, past newcomers`() {
        var state = State(size: 1)
        _ = state.lease()
        let ids = (0..<3).map { _ in state.makeID() }
        for id in ids { state.enqueue(id * 10, id: id) }
        let cancelled = [state.cancel(id: ids[1]), state.cancel(id: ids[1])]
        #expect(cancelled == [ids[1] * 10, nil])
        #expect(words(state.release("a")) == "\(ids[0] * 10) gets a")
        #expect(slot(state.lease()) == "wait")
        #expect(words(state.release(nil)) == "\(ids[2] * 10) may connect")
        #expect(state.waiting == 0)
        #expect(state.leased == 1)
    }

    @Test func `a closed pool refuses, and tells when the last lease has ended`() {
        var state = State(size: 2)
        _ = state.lease()
        _ = state.lease()
        state.enqueue(7, id: state.makeID())
        let (links, refused) = state.close()
        #expect(links.isEmpty)
        #expect(refused == [7])
        #expect(slot(state.lease()) == "fail")
        let waits = state.awaitLastLease(8)
        #expect(waits)
        #expect(words(state.release("a")) == "end a, tell []")
        #expect(words(state.release(nil)) == "end nothing, tell [8]")
        let waitsAgain = state.awaitLastLease(9)
        #expect(!waitsAgain)
    }

    @Test func `closing hands back the connections that idle`() {
        var state = State(size: 1)
        _ = state.lease()
        #expect(words(state.release("a")) == "nothing")
        #expect(state.close().links == ["a"])
    }
}
