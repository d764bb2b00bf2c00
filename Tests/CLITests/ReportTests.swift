import Core
import Testing

@testable import rota

/// Runs for people, from what the server answers.
struct ReportTests {
    private static let tasks = #"""
        [
          {"id": "extract", "map_index": null, "state": "success", "attempts": [
            {"number": 1, "state": "success", "runner": "local", "exit_code": 0, "signal": null,
             "started_at": "2026-08-21T04:30:00.000000Z", "ended_at": "2026-08-21T04:30:04.200000Z"}]},
          {"id": "load", "map_index": 3, "state": "failed", "allowed_to_fail": true, "attempts": [
            {"number": 1, "state": "lost", "runner": "far", "exit_code": null, "signal": null},
            {"number": 2, "state": "failed", "runner": "local", "exit_code": null, "signal": "SIGKILL",
             "started_at": "2026-08-21T04:30:00.000000Z", "ended_at": "2026-08-21T04:31:00.000000Z"}]},
          {"id": "wait", "map_index": null, "state": "queued", "hold": "pool 'warehouse' is full", "attempts": []}
        ]
        """#

    @Test func `tasks are listed with how they ended and what they wait for`() throws {
        let document = try #require(JSONValue(parsing: "{\"tasks\": \(Self.tasks)}"))
        let lines = TaskTable.make(document.list("tasks")).lines(columns: nil, hasColours: false)
        #expect(
            lines == [
                "TASK     STATE    TRIES  RUNNER  EXIT     STARTED                TOOK  NOTE",
                "extract  success      1  local   exit 0   2026-08-21 04:30:00Z  4.2 s",
                "load[3]  failed       2  local   SIGKILL  2026-08-21 04:30:00Z    1 m  allowed to fail",
                "wait     queued                                                        pool 'warehouse' is full",
            ]
        )
    }

    @Test(
        arguments: [
            (#"{"state": "failed", "exit_code": 1}"#, "exit 1"),
            (#"{"state": "timed_out", "signal": "SIGTERM"}"#, "timed_out, SIGTERM"),
            (#"{"state": "lost"}"#, "lost"), (#"{"state": "running"}"#, ""),
        ]
    )
    func `an ending says what is known`(_ attempt: String, _ words: String) throws {
        #expect(TaskTable.exit(of: try #require(JSONValue(parsing: attempt))) == words)
    }

    @Test func `a run's end says how long it took, and what it rested before a clear`() throws {
        let times = #""started_at": "2026-08-21T04:30:00.000000Z", "ended_at": "2026-08-21T05:30:00.000000Z""#
        let lengths = [
            (3_600_000_000, ", after 1 h"), (60_000_000, ", after 1 m, and 59 m at rest before a clear"),
        ]
        for (length, words) in lengths {
            let run = try #require(JSONValue(parsing: "{\(times), \"duration_us\": \(length)}"))
            #expect(RunReport(run: run).ending == "2026-08-21 05:30:00Z" + words)
        }
    }

    @Test func `that a DAG is paused is told also where it has no schedule`() throws {
        let dag = try #require(JSONValue(parsing: #"{"state": "active", "paused": true, "schedule": null}"#))
        #expect(DAGReport(dag: dag).schedule == "none; it runs when it is triggered (paused)")
    }

    @Test func `logs of several tasks keep their names`() {
        #expect(LogKey(task: "load", mapIndex: 3, attempt: 2).prefix == "load[3]#2")
        #expect(LogKey(task: "load", mapIndex: nil, attempt: 1).prefix == "load")
    }
}
