import Core
import Logging
import Postgres
package import Store

/// What a person may ask of a runner.
package enum RunnerVerb: Hashable, Sendable {
    /// It takes nothing new, and what runs there ends.
    case drain
    /// It takes what fits again.
    case resume
    /// It is forgotten; with force also while something is on it, which is then left unreachable.
    case remove(force: Bool)
}

/// What a word about a runner does.
package struct RunnerPlan: Hashable, Sendable {
    package var runner: String
    package var verb: RunnerVerb
    /// Whether nothing is to be done, since it is so already.
    package var isDone: Bool
    /// How many attempts on it have not ended.
    package var attempts: Int
    /// Those that have been there longest.
    package var oldest: [SlotHolder]
    /// Why it is not allowed; nil: it is.
    package var refusal: String?
}

extension Operations {
    /// So many attempts are named by a plan.
    private static let named = 20

    /// Tells what a word about a runner would do now, and changes nothing.
    package func plan(_ verb: RunnerVerb, runner: String) async throws -> RunnerPlan {
        let facts = try await engine.store.perform { try $0.runnerFacts(runner) }
        guard let facts else { throw OperationError.unknownRunner(runner) }
        return Self.plan(verb, runner, facts, try await holders(runner))
    }

    /// Does what a word about a runner says, and tells what it was.
    package func perform(
        _ verb: RunnerVerb,
        runner: String,
        actor: String,
        reason: String?
    ) async throws -> RunnerPlan {
        let holders = try await holders(runner)
        let plan = try await transact { connection in
            try connection.lockClaims(ofRunner: runner)
            guard let facts = try connection.runnerFacts(runner) else { throw OperationError.unknownRunner(runner) }
            let plan = Self.plan(verb, runner, facts, holders)
            if let refusal = plan.refusal { throw OperationError.refused(refusal) }
            guard !plan.isDone else { return plan }
            let word: RunnerDeed.Verb
            switch verb {
            case .drain:
                try connection.drain(runner: runner, actor: actor, reason: reason)
                word = .drain
            case .resume:
                try connection.resume(runner: runner)
                word = .resume
            case .remove:
                try connection.setUnreachable(runner: runner, reason: "its runner was removed by \(actor)")
                try connection.remove(runner: runner)
                word = .remove
            }
            try connection.record(
                RunnerDeed(word, runner: runner, attempts: facts.attempts, actor: actor, reason: reason)
            )
            return plan
        }
        engine.logger.notice(
            "a word about a runner",
            metadata: ["runner": "\(runner)", "verb": "\(verb)", "actor": "\(actor)"]
        )
        if verb == .resume { await engine.follow(Pass.Outcome(queued: 1)) }
        return plan
    }

    private func holders(_ runner: String) async throws -> [SlotHolder] {
        try await engine.store.slotHolders(of: .runner(runner), limit: Self.named).oldest
    }

    private static func plan(
        _ verb: RunnerVerb,
        _ runner: String,
        _ facts: RunnerFacts,
        _ holders: [SlotHolder]
    ) -> RunnerPlan {
        var plan = RunnerPlan(
            runner: runner,
            verb: verb,
            isDone: false,
            attempts: facts.attempts,
            oldest: facts.attempts == 0 ? [] : holders
        )
        switch verb {
        case .drain: plan.isDone = facts.isDrained
        case .resume: plan.isDone = !facts.isDrained
        case .remove(let force):
            if facts.isActedFor, !facts.isJoined {
                plan.refusal =
                    "a server acts for the runner '\(runner)', as its rota.yaml or its host says. Take it out there and "
                    + "start that server anew; `rota runners drain \(runner)` keeps it from taking anything meanwhile."
            } else if facts.attempts > 0, !force {
                plan.refusal =
                    "\(facts.attempts) attempt\(facts.attempts == 1 ? " is" : "s are") on the runner '\(runner)'. Drain "
                    + "it with `rota runners drain \(runner)` and wait, or remove it with --force and leave "
                    + "\(facts.attempts == 1 ? "it" : "them") unreachable."
            }
        }
        return plan
    }
}
