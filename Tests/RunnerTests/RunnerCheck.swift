import Core
import Glibc
import Runner
import Testing

/// The checks behind `RunnerClaim`.
struct RunnerCheck<Adapter: RunnerAdapter> {
    let runner: Adapter
    let folder: String

    func saysWhoItIs() async throws {
        let identity = try await runner.identify()
        #expect(!identity.directoryID.isEmpty)
        #expect(!identity.bootID.isEmpty)
        #expect(!identity.version.isEmpty)
        #expect(try await runner.identify() == identity)
    }

    func reportsExitCodesAsTheyAre() async throws {
        let codes: [Int32] = [0, 1, 2, 99, 137, 255]
        let orders = codes.map { StartOrder("exit \($0)") }
        _ = try await runner.start(orders)
        for (code, order) in zip(codes, orders) {
            guard case .ended(let record) = try await runner.outcome(of: order.id) else {
                Issue.record("exit \(code) gave no record")
                continue
            }
            #expect(record.ending == .exited(code))
            #expect(record.cause == .itself)
            #expect(record.duration >= .zero)
        }
    }

    func startsOneIdentityOnce() async throws {
        let witness = folder + "/witness"
        let id = AttemptID.fresh()
        let order = StartOrder("echo once >> '\(witness)'", id: id)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { _ = try await runner.start([order, order]) }
            }
            try await group.waitForAll()
        }
        #expect(try await runner.outcome(of: id).isOver)
        let later = try await runner.start([order])
        guard case .status(.ended) = try #require(later.first) else {
            Issue.record("a later order was not answered with the end: \(later)")
            return
        }
        #expect(TextFile.read(witness) == "once\n")
    }

    func answersABatchInItsOrder() async throws {
        let orders = (0..<40).map { StartOrder("exit \($0)") }
        #expect(try await runner.start(orders).count == 40)
        for (number, order) in orders.enumerated() {
            guard case .ended(let record) = try await runner.outcome(of: order.id) else { continue }
            #expect(record.ending == .exited(Int32(number)))
        }
        let statuses = try await runner.ask(orders.map(\.id))
        let codes = statuses.map { status in
            if case .ended(let record) = status, case .exited(let code) = record.ending { code } else { Int32(-1) }
        }
        #expect(codes == (0..<40).map { Int32($0) })
    }

    func refusesAnOrderForAnotherBoot() async throws {
        let witness = folder + "/boot"
        var order = StartOrder("touch '\(witness)'")
        order.bootID = "00000000-0000-0000-0000-000000000000"
        guard case .refused = try #require(try await runner.start([order]).first) else {
            Issue.record("it was not refused")
            return
        }
        order.bootID = try await runner.identify().bootID
        #expect(try await runner.record(of: order).ending == .exited(0))
    }

    func leavesATombstoneWhenAskedFirst() async throws {
        let witness = folder + "/tombstone"
        let order = StartOrder("touch '\(witness)'")
        guard case .neverStarted = try #require(try await runner.ask([order.id]).first) else {
            Issue.record("an attempt that never arrived was not said to be one")
            return
        }
        guard case .status(.neverStarted) = try #require(try await runner.start([order]).first) else {
            Issue.record("a tombstone did not stop the start")
            return
        }
        #expect(TextFile.read(witness) == nil)
    }

    func keepsEveryByteOfTheLog() async throws {
        let order = StartOrder(
            #"printf 'a\000b\377c\n'; printf 'no newline' >&2; head -c 10000000 /dev/zero; printf end"#
        )
        let record = try await runner.record(of: order)
        let head = Array("a".utf8) + [0] + Array("b".utf8) + [255] + Array("c\nno newline".utf8)
        let whole = try await runner.wholeLog(order.id)
        #expect(whole.count == head.count + 10_000_003)
        #expect(record.logBytes == Int64(whole.count))
        #expect(Array(whole.prefix(head.count)) == head)
        #expect(Array(whole.suffix(4)) == [0] + Array("end".utf8))
        let middle = try await runner.readLog(order.id, from: 1, limit: 3)
        #expect(middle == LogSlice(bytes: [0, UInt8(ascii: "b"), 255], end: Int64(whole.count)))
        #expect(try await runner.readLog(order.id, from: Int64(whole.count) + 5, limit: 10).bytes.isEmpty)
    }

    func readsTheLogWhileItGrows() async throws {
        let gate = folder + "/gate"
        let events = runner.events()
        let order = StartOrder("echo first; until [ -e '\(gate)' ]; do sleep 0.05; done; echo second")
        _ = try await runner.start([order])
        waiting: for try await event in events {
            switch event {
            case .logGrew(order.id): break waiting
            case .ended(order.id, _): Issue.record("it ended before its gate was opened")
            default: continue
            }
        }
        #expect(try await runner.wholeLog(order.id) == Array("first\n".utf8))
        TextFile.write("", to: gate)
        #expect(try await runner.outcome(of: order.id).isOver)
        #expect(try await runner.wholeLog(order.id) == Array("first\nsecond\n".utf8))
    }

    func readsTheOutputFile() async throws {
        let order = StartOrder(#"echo rows=7 >> "$ROTA_OUTPUT"; printf 'text=a\000b\n' >> "$ROTA_OUTPUT""#)
        #expect(try await runner.record(of: order).ending == .exited(0))
        let expected = Array("rows=7\ntext=a".utf8) + [0] + Array("b\n".utf8)
        #expect(try await runner.readOutput(order.id) == expected)
        let silent = StartOrder("true")
        #expect(try await runner.record(of: silent).ending == .exited(0))
        #expect(try await runner.readOutput(silent.id) == [])
        let loud = StartOrder(#"head -c 3000000 /dev/zero > "$ROTA_OUTPUT""#)
        #expect(try await runner.record(of: loud).ending == .exited(0))
        #expect(try await runner.readOutput(loud.id).count == 1 << 20 + 1)
    }

    func givesTheEnvironmentAndNothingElse() async throws {
        unsafe setenv("ROTA_SERVER_SECRET", "must not be seen", 1)
        let value = "'quoted' \"twice\" $HOME `id` \\ \n second line ü"
        var order = StartOrder("env -0")
        order.environment = [EnvironmentVariable("TWICE", "1"), EnvironmentVariable("TWICE", value)]
        #expect(try await runner.record(of: order).ending == .exited(0))
        let lines = try await runner.wholeLog(order.id).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines.contains("TWICE=" + value))
        #expect(lines.contains("LANG=C.UTF-8"))
        for name in ["PATH", "HOME", "USER", "SHELL", "TMPDIR", "ROTA_OUTPUT", "ROTA_RUN_DIR"] {
            #expect(lines.contains { $0.hasPrefix(name + "=") }, "\(name) is missing")
        }
        // What a shell sets by itself is no leak.
        let expected = [
            "TWICE", "LANG", "PATH", "HOME", "USER", "SHELL", "TMPDIR", "ROTA_OUTPUT", "ROTA_RUN_DIR",
            "ROTA_ATTEMPT_ID", "PWD", "OLDPWD", "SHLVL", "_", "LOGNAME",
        ]
        let others = lines.filter { line in !expected.contains { line.hasPrefix($0 + "=") } }
        #expect(others == [])
    }

    func sharesTheRunFolder() async throws {
        let run = "shared-\(UInt32.random(in: 0 ... .max))"
        let first = StartOrder(#"echo shared > "$ROTA_RUN_DIR/file""#, run: run)
        #expect(try await runner.record(of: first).ending == .exited(0))
        let second = StartOrder(#"cat "$ROTA_RUN_DIR/file""#, run: run)
        #expect(try await runner.record(of: second).ending == .exited(0))
        #expect(try await runner.wholeLog(second.id) == Array("shared\n".utf8))
        try await runner.forgetRun(run)
        let third = StartOrder(#"cat "$ROTA_RUN_DIR/file""#, run: run)
        #expect(try await runner.record(of: third).ending == .exited(1))
        var unsafeName = StartOrder("true")
        unsafeName.runDirectory = "../elsewhere"
        guard case .refused = try #require(try await runner.start([unsafeName]).first) else {
            Issue.record("a run's folder may lie outside the state directory")
            return
        }
    }

    func stopsAtTheFirstFailure() async throws {
        let order = StartOrder("echo before\nfalse\necho after")
        #expect(try await runner.record(of: order).ending == .exited(1))
        #expect(try await runner.wholeLog(order.id) == Array("before\n".utf8))
        var other = StartOrder("print('by another shell')")
        other.shell = ["cat"]
        #expect(try await runner.record(of: other).ending == .exited(0))
        #expect(try await runner.wholeLog(other.id) == other.script)
    }
}
