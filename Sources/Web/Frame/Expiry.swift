import Core
import Store

/// Tells what is missing because it was removed when it was old from what never was.
struct Expiry: Sendable {
    private let store: Store

    init(_ store: Store) {
        self.store = store
    }

    /// The refusal for a run that is not there, where retention has probably removed it; nil: it never was.
    func run(_ name: RunName) async throws -> RequestError? {
        guard let instant = name.keyInstant, let before = try await store.retentionState().runsBefore,
            instant < before
        else { return nil }
        return .expired(
            "The run '\(name.description.shortened)' is not kept any more: runs that ended before "
                + "\(before.rfc3339Seconds) were removed (retention in rota.yaml).",
            nearest: Link(path: "\(Address.dag(name.dag))/runs", text: "the runs of \(name.dag)")
        )
    }

    /// That runs of a span were removed while their counts are kept; nil: none is known of.
    ///
    /// For a span of which no run is left.
    func runs(ofDAG dag: String, from start: Timestamp, to end: Timestamp, state: RunState?) async throws -> String? {
        guard start < end else { return nil }
        let counts = try await store.runsByDay(ofDAG: dag, days: [start, end])[0].runs
        let count = state.map { counts[$0] ?? 0 } ?? counts.values.reduce(0, +)
        guard count > 0 else { return nil }
        let policy =
            try await store.retentionState().runsBefore
            .map { ": what ended before \($0.rfc3339Seconds) was removed (retention in rota.yaml)" } ?? ""
        return "\(Quantity.count(count, "run")) of this time \(count == 1 ? "is" : "are") not kept any more\(policy)."
    }

    /// The refusal for a log that was removed while its attempt is kept; nil: it is there, or there never was one.
    func log(of attempt: AttemptRecord) async throws -> RequestError? {
        guard let sentence = try await logSentence(of: attempt) else { return nil }
        return .expired(sentence, nearest: nil)
    }

    /// That a log was removed while its attempt is kept; nil: it is there, or there never was one.
    func logSentence(of attempt: AttemptRecord) async throws -> String? {
        guard attempt.logBytes > 0, !attempt.state.isLive, try await !store.hasLog(of: attempt.id) else { return nil }
        let before = try await store.retentionState().logsBefore
        let policy = before.map { ": logs of attempts that ended before \($0.rfc3339Seconds) were removed" } ?? ""
        return "The log of \(Quantity.bytes(attempt.logBytes)) has expired\(policy) (retention in rota.yaml)."
    }
}
