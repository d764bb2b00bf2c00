import Core
import TestKit

extension Station {
    /// A run's document.
    func run(_ name: String) async throws -> JSONValue {
        try await json("runs", "show", name)
    }

    /// Waits until a run is in a state, and returns it; ending otherwise is an error.
    @discardableResult func awaitRun(_ name: String, _ state: String) async throws -> JSONValue {
        try await value(of: "\(name) in state \(state)") {
            let run = try await run(name)
            if run.text("state") == state { return run }
            if run["ended_at"] != .null { throw StationError.failed("\(name) ended otherwise: \(run)") }
            return nil
        }
    }

    /// Waits until a task of a run is in a state.
    func awaitTask(_ task: String, of name: String, _ state: String) async throws {
        try await eventually("task \(task) of \(name) in state \(state)") {
            try await run(name).task(task)?.text("state") == state
        }
    }

    /// Starts a run and returns its name.
    func trigger(_ dag: String, _ more: String...) async throws -> String {
        let result = try await bare(["trigger", dag] + more, environment: ["ROTA_DATA": data])
        guard result.exitCode == 0, let name = result.text.split(separator: "\n").first else {
            throw StationError.failed("\(result)")
        }
        return String(name)
    }

    /// The states of a task's attempts, in order.
    func attempts(_ task: String, of name: String) async throws -> [String] {
        (try await run(name).task(task)?["attempts"]?.elements ?? []).compactMap { $0.text("state") }
    }
}
