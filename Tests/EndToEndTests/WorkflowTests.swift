import Core
import Glibc
import TestKit
import Testing

/// Graphs of real workflows, from five tasks to 1,312, run to success with every dependency honoured.
struct WorkflowTests {
    @Test func `every workflow runs to success, and no task begins before those it needs have ended`() async throws {
        let workflows = try Workflow.all()
        #expect(workflows.count == 14)
        try await Station.with { station in
            unsafe mkdir(station.data, 0o711)
            try TextFile.write("runners: [{name: local, kind: local, slots: 32}]\n", to: station.data + "/rota.yaml")
            _ = try await station.start(
                Dictionary(uniqueKeysWithValues: workflows.map { ("\($0.id).yaml", $0.source) })
            )
            for workflow in workflows { _ = try await station.trigger(workflow.id) }
            try await eventually("an end of all runs", limit: .seconds(400)) {
                try await station.json("runs", "list").items.allSatisfy { $0["ended_at"] != .null }
            }
            for workflow in workflows {
                let run = try await station.run("\(workflow.id)/latest")
                #expect(run.text("state") == "success", "\(workflow.id)")
                #expect(workflow.violations(in: run) == [], "\(workflow.id)")
            }
        }
    }
}

/// One graph of the fixtures, its names mended to those of DAG files.
struct Workflow {
    let id: String
    let tasks: [(id: String, needs: [String])]

    static func all() throws -> [Workflow] {
        let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures/workflows"
        guard let directory = unsafe opendir(folder) else { throw StationError.failed("no folder \(folder)") }
        defer { _ = unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json") { names.append(name) }
        }
        return try names.sorted().map { try Workflow(file: folder + "/" + $0, name: String($0.dropLast(5))) }
    }

    private init(file: String, name: String) throws {
        guard let document = JSONValue(parsing: TextFile.read(file) ?? ""), let list = document["tasks"]?.elements
        else {
            throw StationError.failed("\(file) is no workflow")
        }
        id = Self.mended(name)
        tasks = list.map { task in
            (Self.mended(task.text("id") ?? ""), (task["needs"]?.elements ?? []).compactMap(\.text).map(Self.mended))
        }
        guard Set(tasks.map(\.id)).count == tasks.count else { throw StationError.failed("\(file): two of one name") }
    }

    /// A name as DAG files allow it: of some names only the end, which is what tells them apart.
    private static func mended(_ name: String) -> String {
        let spelled = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
        return spelled.count <= 100 ? spelled : "t" + spelled.suffix(99)
    }

    /// A DAG file of tasks that do nothing.
    var source: String {
        var lines = ["max_active_tasks: 64", "tasks:"]
        for task in tasks {
            let needs = task.needs.isEmpty ? "" : "needs: [\(task.needs.joined(separator: ", "))], "
            lines.append("  \(task.id): {\(needs)run: \"true\"}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What in a run is against the graph; nothing, if all is well.
    func violations(in run: JSONValue) -> [String] {
        var spans: [String: (start: String, end: String)] = [:]
        var found: [String] = []
        for task in run["tasks"]?.elements ?? [] {
            let attempts = task["attempts"]?.elements ?? []
            guard let id = task.text("id"), task.text("state") == "success", attempts.count == 1,
                let start = attempts.first?.text("started_at"), let end = attempts.first?.text("ended_at")
            else {
                found.append("not one success: \(task)")
                continue
            }
            spans[id] = (start, end)
        }
        if spans.count != tasks.count { found.append("\(spans.count) of \(tasks.count) tasks") }
        for task in tasks {
            for need in task.needs {
                guard let upstream = spans[need], let own = spans[task.id] else { continue }
                // All are of one length and zone, so that texts compare as instants do.
                if own.start < upstream.end { found.append("\(task.id) began before \(need) had ended") }
            }
        }
        return found
    }
}
