import Core

/// Counts anew, straight from the states, what the store keeps.
enum Recount {
    /// How an instance's direct upstream instances have ended.
    static func counts(of line: MemoryStore.InstanceLine, _ store: MemoryStore) -> UpstreamCounts {
        let run = store.runs[line.run]
        let dag = store.dags[run.dag]
        var counts = UpstreamCounts(total: 0)
        for position in dag.topology.upstream[line.key.task] {
            let follows = dag.topology.counterpart[line.key.task] == position && !line.key.isWhole
            for id in run.instances {
                let other = store.instances[id]
                guard other.key.task == position, !other.isDeleted, other.state != .removed,
                    !follows || other.key.mapIndex == line.key.mapIndex
                else { continue }
                counts.total += 1
                let allowed = dag.dag.tasks[position].allowsFailure
                if let outcome = Outcome(other.state, allowsFailure: allowed) { counts.count(outcome) }
            }
        }
        return counts
    }

    /// Compares a run with its instances.
    static func check(_ id: Int, _ world: World) {
        let store = world.store
        let run = store.runs[id]
        let tasks = store.dags[run.dag].dag.tasks
        var (total, unfinished, failures) = (0, 0, 0)
        for id in run.instances {
            let line = store.instances[id]
            guard !line.isDeleted, line.state != .removed else { continue }
            total += 1
            if !line.state.isTerminal { unfinished += 1 }
            if Outcome(line.state, allowsFailure: tasks[line.key.task].allowsFailure)?.isFailure ?? false {
                failures += 1
            }
            let counted = counts(of: line, store)
            if counted != line.counts {
                world.fail(
                    .counts,
                    "t\(line.key.task)[\(line.key.mapIndex)] of run \(run.id): stored \(line.counts), counted \(counted)"
                )
            }
        }
        if (total, unfinished, failures) != (run.tasks, run.unfinished, run.failures) {
            world.fail(
                .counts,
                "run \(run.id): stored \(run.tasks), \(run.unfinished), \(run.failures); counted \(total), \(unfinished), "
                    + "\(failures)"
            )
        }
        switch run.state {
        case .success where unfinished > 0 || failures > 0, .failed where unfinished > 0,
            .failed where failures == 0 && run.reason != "timed_out", .cancelled where unfinished > 0:
            world.fail(
                .runState,
                "run \(run.id) is \(run.state.rawValue) with \(unfinished) unfinished, \(failures) failures"
            )
        case .running where unfinished == 0:
            world.fail(.runState, "run \(run.id) is running with nothing unfinished")
        default: break
        }
    }
}
