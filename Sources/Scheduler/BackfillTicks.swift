import Core
import Postgres
import Store

/// The ticks of a range with the runs that they have, from which it follows what a backfill does with each.
struct BackfillTicks {
    let ticks: [Timestamp]
    private let existing: [Timestamp: (key: String, state: RunState)]
    private let rerun: BackfillRequest.Rerun

    /// Reads the runs that there are between the first and the last of ticks, which may descend.
    init(
        _ ticks: [Timestamp],
        ofDAG dag: Int,
        rerun: BackfillRequest.Rerun,
        on connection: isolated Connection
    ) throws {
        self.ticks = ticks
        self.rerun = rerun
        guard let first = ticks.first, let last = ticks.last else {
            existing = [:]
            return
        }
        let runs = try connection.runs(dag: dag, from: min(first, last), to: max(first, last) + .microseconds(1))
        existing = Dictionary(runs.map { ($0.date, (key: $0.key, state: $0.state)) }) { first, _ in first }
    }

    /// Each tick with what is done with it.
    var items: [BackfillPlan.Item] {
        ticks.map { tick in
            guard let run = existing[tick] else {
                return .init(logicalDate: tick, key: "\(tick.runKey)-b", existing: nil, action: .create)
            }
            let again: Bool =
                switch rerun {
                case .missing: false
                case .failed: run.state == .failed || run.state == .cancelled
                case .all: run.state.isTerminal
                }
            return .init(logicalDate: tick, key: run.key, existing: run.state, action: again ? .rerun : .leave)
        }
    }
}
