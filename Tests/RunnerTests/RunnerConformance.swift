import Core
import Glibc
import Runner
import Testing

/// What every carrier promises, checked against a runner whose commands run on this very host.
///
/// A carrier's tests are one function: `@Test(arguments: RunnerClaim.allCases)` that makes a runner and checks the claim.
enum RunnerClaim: String, CaseIterable, Sendable {
    case saysWhoItIs
    case reportsExitCodesAsTheyAre
    case startsOneIdentityOnce
    case answersABatchInItsOrder
    case refusesAnOrderForAnotherBoot
    case leavesATombstoneWhenAskedFirst
    case keepsEveryByteOfTheLog
    case readsTheLogWhileItGrows
    case readsTheOutputFile
    case givesTheEnvironmentAndNothingElse
    case sharesTheRunFolder
    case stopsAtTheFirstFailure
    case endsTheWholeGroupOnCancel
    case killsWhatIgnoresTerm
    case endsWhatRunsOutOfTime
    case saysWhyACommandCannotStart
    case forgetsWhatIsOver
    case knowsWhatItDoesNotKnow

    /// Checks the claim; the folder is for what commands leave to be looked at.
    func check(_ runner: some RunnerAdapter, folder: String) async throws {
        let check = RunnerCheck(runner: runner, folder: folder)
        switch self {
        case .saysWhoItIs: try await check.saysWhoItIs()
        case .reportsExitCodesAsTheyAre: try await check.reportsExitCodesAsTheyAre()
        case .startsOneIdentityOnce: try await check.startsOneIdentityOnce()
        case .answersABatchInItsOrder: try await check.answersABatchInItsOrder()
        case .refusesAnOrderForAnotherBoot: try await check.refusesAnOrderForAnotherBoot()
        case .leavesATombstoneWhenAskedFirst: try await check.leavesATombstoneWhenAskedFirst()
        case .keepsEveryByteOfTheLog: try await check.keepsEveryByteOfTheLog()
        case .readsTheLogWhileItGrows: try await check.readsTheLogWhileItGrows()
        case .readsTheOutputFile: try await check.readsTheOutputFile()
        case .givesTheEnvironmentAndNothingElse: try await check.givesTheEnvironmentAndNothingElse()
        case .sharesTheRunFolder: try await check.sharesTheRunFolder()
        case .stopsAtTheFirstFailure: try await check.stopsAtTheFirstFailure()
        case .endsTheWholeGroupOnCancel: try await check.endsTheWholeGroupOnCancel()
        case .killsWhatIgnoresTerm: try await check.killsWhatIgnoresTerm()
        case .endsWhatRunsOutOfTime: try await check.endsWhatRunsOutOfTime()
        case .saysWhyACommandCannotStart: try await check.saysWhyACommandCannotStart()
        case .forgetsWhatIsOver: try await check.forgetsWhatIsOver()
        case .knowsWhatItDoesNotKnow: try await check.knowsWhatItDoesNotKnow()
        }
    }
}

extension AttemptID {
    /// An identity of now.
    static func fresh() -> AttemptID {
        let milliseconds = Int64(time(nil)) * 1000
        return AttemptID(milliseconds: milliseconds, random: (.random(in: .min ... .max), .random(in: .min ... .max)))
    }
}

extension StartOrder {
    /// An order for a script, with an identity of now.
    init(_ script: String, id: AttemptID = .fresh(), run: String = "run-1") {
        self.init(id: id, script: Array(script.utf8), runDirectory: run)
    }
}

extension RunnerAdapter {
    /// Starts one attempt and says what became of it when it was over.
    func outcome(of order: StartOrder) async throws -> AttemptStatus {
        let answers = try await start([order])
        guard case .status = try #require(answers.first) else {
            Issue.record("the order was refused: \(answers)")
            return .neverStarted(reason: "refused")
        }
        return try await outcome(of: order.id)
    }

    /// Says what became of an attempt when it was over, as an executor does: listens, then asks, then waits.
    func outcome(of id: AttemptID) async throws -> AttemptStatus {
        while true {
            let events = events()
            if let status = try await ask([id]).first, status.isOver { return status }
            do {
                for try await event in events {
                    switch event {
                    case .ended(id, let record): return .ended(record)
                    case .lost(id, let proof): return .lost(proof: proof)
                    default: continue
                    }
                }
            } catch is RunnerError {
                // The connection broke: listen and ask again.
                continue
            }
        }
    }

    /// The record of an attempt that ended.
    func record(of order: StartOrder) async throws -> ExitRecord {
        guard case .ended(let record) = try await outcome(of: order) else {
            throw Unexpected.status("attempt \(order.id) has no record")
        }
        return record
    }

    /// A log's whole content.
    func wholeLog(_ id: AttemptID) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let slice = try await readLog(id, from: Int64(bytes.count), limit: 1 << 20)
            bytes += slice.bytes
            if Int64(bytes.count) >= slice.end { return bytes }
        }
    }
}

/// Something that a test cannot go on from.
enum Unexpected: Error {
    case status(String)
}

extension AttemptStatus {
    /// Whether nothing more will become of it.
    var isOver: Bool {
        if case .running = self { false } else { true }
    }
}
