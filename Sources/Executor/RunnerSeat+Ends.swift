import Core
import Logging
import Postgres
import Runner
import Scheduler
import Store

extension RunnerSeat {
    /// Asks the runner about every attempt that the store believes to be live there.
    func recover(_ identity: RunnerIdentity) async throws {
        let (name, versions) = (registration.name, engine.versions)
        let known = try await store.transaction { connection in
            try connection.liveAttempts(runner: name).map { attempt in
                (attempt, try Self.definition(attempt, versions, on: connection))
            }
        }
        var marks: [AttemptID: [LogMark]] = [:]
        for (attempt, _) in known where attempt.logBytes > 0 {
            marks[attempt.id] = try await store.logMarks(of: attempt.id).map(\.mark)
        }
        held.removeAll()
        grown.removeAll()
        started.removeAll()
        // Another disk knows nothing of these; that it does not know them proves nothing.
        let isOurs = { (attempt: RunnerAttempt) in
            attempt.directoryID == nil || attempt.directoryID == identity.directoryID
        }
        for (attempt, definition) in known where isOurs(attempt) {
            // Of a version that this program cannot read nobody knows what is secret.
            let redactor =
                if let definition { await secrets.redactor(of: definition.task.secrets, for: definition.dag) } else {
                    Redactor.everything as Redactor?
                }
            held[attempt.id] = HeldAttempt(
                id: attempt.id,
                run: attempt.run,
                instance: attempt.instance,
                declaredOutputs: definition?.task.outputs ?? [],
                redactor: redactor,
                logBytes: attempt.logBytes,
                logLines: attempt.logLines,
                marks: marks[attempt.id] ?? []
            )
        }
        let askable = known.map(\.0).filter(isOurs).map(\.id)
        let strange = known.map(\.0).filter { !isOurs($0) }.map(\.id)
        try await store.transaction {
            try $0.setUnreachable(strange, reason: "its runner was set up anew and does not know it")
        }
        guard !askable.isEmpty else { return }
        for (id, status) in zip(askable, try await inquire(askable)) { take(status, of: id) }
    }

    /// Asks the runner what became of attempts.
    ///
    /// That one never started is believed only if it is still the same disk that says so: a new one knows of nothing.
    func inquire(_ ids: [AttemptID]) async throws -> [AttemptStatus] {
        let statuses = try await adapter.ask(ids)
        let isDenied = statuses.contains { if case .neverStarted = $0 { true } else { false } }
        if isDenied, try await adapter.identify() != identity {
            throw RunnerError.unable(
                runner: registration.name,
                reason: "it was started anew; asking what still runs"
            )
        }
        return statuses
    }

    /// An attempt's task and its DAG; nil where this program cannot read its version, so that it can be followed.
    private static func definition(
        _ attempt: RunnerAttempt,
        _ versions: DAGVersions,
        on connection: isolated Connection
    ) throws -> (dag: String, task: TaskDefinition)? {
        do {
            let dag = try versions.version(attempt.version, on: connection).dag
            return (dag.id, dag.tasks[attempt.task])
        } catch is SchedulerError {
            return nil
        }
    }

    /// Listens to the runner until the stream breaks.
    func follow(_ events: AsyncThrowingStream<RunnerEvent, any Error>) async throws {
        for try await event in events {
            switch event {
            case .ended(let id, let record): take(.ended(record), of: id)
            case .lost(let id, let proof): take(.lost(proof: proof), of: id)
            case .logGrew(let id):
                grown.insert(id)
                logWake.set()
            }
        }
        try Task.checkCancellation()
        throw RunnerError.unreachable(runner: registration.name, reason: "it closed the connection")
    }

    /// Takes what the runner says of an attempt.
    func take(_ status: AttemptStatus, of id: AttemptID) {
        guard let attempt = held[id], !attempt.isEnding else { return }
        switch status {
        case .running(let record):
            started.append((attempt: id, instance: attempt.instance, processID: record.processID))
            startedWake.set()
            grown.insert(id)
            logWake.set()
        case .neverStarted(let reason): detachedEnd(id) { try await $0.reportNeverStarted(id, reason) }
        case .ended(let record): detachedEnd(id) { try await $0.report(id, record) }
        case .lost(let proof): detachedEnd(id) { try await $0.reportLost(id, proof) }
        }
    }

    /// Writes an attempt's end beside everything else, so that many ends share a commit.
    ///
    /// It is no child of the session: an end that is known is written even if the connection breaks meanwhile. What
    /// fails here is asked for again by the next session.
    func detachedEnd(_ id: AttemptID, _ body: @escaping @Sendable (RunnerSeat) async throws -> Void) {
        guard held[id] != nil else { return }
        held[id]?.isEnding = true
        Task {
            do {
                try await body(self)
            } catch {
                logger.warning("the end of attempt \(id) could not be written yet: \(error)")
                release(ending: id)
            }
        }
    }

    private func release(ending id: AttemptID) {
        held[id]?.isEnding = false
        // Without an end nothing more will come from the runner by itself: ask again.
        unfinished.insert(id)
        logWake.set()
    }

    func reportNeverStarted(_ id: AttemptID, _ reason: String) async throws {
        guard let attempt = held[id] else { return }
        try await submit(AttemptReport(attempt: id, run: attempt.run, end: .neverStarted(reason: reason)))
        forget(id)
    }

    func reportUnfit(_ id: AttemptID, _ reason: String) async throws {
        guard let attempt = held[id] else { return }
        try await submit(AttemptReport(attempt: id, run: attempt.run, end: .unfit(reason: reason)))
        forget(id)
    }

    func reportLost(_ id: AttemptID, _ proof: String) async throws {
        guard let attempt = held[id] else { return }
        _ = try await reading(id) { try await $0.storeLog(of: id, upTo: nil, keepingLast: false, isOver: true) }
        try await submit(
            AttemptReport(
                attempt: id,
                run: attempt.run,
                end: .lost(proof: proof),
                cause: cause(of: id)
            )
        )
        forget(id)
    }

    func report(_ id: AttemptID, _ record: ExitRecord) async throws {
        guard let attempt = held[id] else { return }
        var outputs: [String: String] = [:]
        var problem: String?
        if record.ending == .exited(0) {
            do {
                let published = try await adapter.readOutput(id)
                outputs = try OutputFile.parse(attempt.redactor?.redacted(published) ?? published)
                problem = OutputFile.problem(outputs, declared: attempt.declaredOutputs)?.description
            } catch let error as OutputProblem {
                problem = error.description
            } catch let error as RunnerError where error.isAboutOneAttempt {
                // The task made its file unreadable; asking again would not mend it.
                problem = "what the command published cannot be read: \(error)"
            }
        }
        let last = try await reading(id) {
            try await $0.storeLog(of: id, upTo: record.logBytes, keepingLast: true)
        }
        let isWell = record.ending == .exited(0) && problem == nil
        try await submit(
            AttemptReport(
                attempt: id,
                run: attempt.run,
                end: .exited(record, outputProblem: problem),
                outputs: outputs,
                log: last,
                logLength: record.logBytes,
                cause: isWell ? nil : cause(of: id)
            )
        )
        forget(id)
    }

    func cause(of id: AttemptID) -> CauseLine? {
        held[id]?.scanner.candidate.map { CauseLine(number: $0.line, text: $0.text, rule: $0.rule.rawValue) }
    }

    /// Submits until it is written: an end must not be lost because the database is away for a while.
    func submit(_ report: AttemptReport) async throws {
        var failures = 0
        while true {
            do {
                return try await engine.submit(report)
            } catch let error as DatabaseError {
                failures += 1
                guard !error.isRefusal else {
                    // Only a newer program, or a person in the database, can help; until then it stays held.
                    logger.error(
                        "the end of an attempt cannot be stored: \(error). It is kept, and tried again every minute.",
                        metadata: ["attempt": "\(report.attempt)"]
                    )
                    try await Task.sleep(for: .seconds(60))
                    continue
                }
                if failures == 1 { logger.warning("an attempt's end waits for the database: \(error)") }
                try await Task.sleep(for: .milliseconds(100 * min(1 << min(failures, 6), 50)))
            }
        }
    }

    private func forget(_ id: AttemptID) {
        held[id] = nil
        grown.remove(id)
        forgettable.append(id)
        forgetWake.set()
    }

    /// Lets the runner remove what is stored.
    func forgetLoop() async throws {
        while true {
            try Task.checkCancellation()
            let batch = forgettable
            if batch.isEmpty {
                await forgetWake.wait(atMost: .seconds(60))
            } else {
                try await adapter.forget(batch)
                forgettable.removeFirst(batch.count)
            }
        }
    }
}
