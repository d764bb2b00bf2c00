import ArgumentParser
import Core
import Testing

@testable import rota

/// What the command line understands.
struct ParsingTests {
    @Test func `trigger takes params, a date and how to wait`() throws {
        let command = try TriggerCommand.parse([
            "sales", "-p", "region=emea", "-p", "note=a=b", "--logical-date", "2026-08-21T04:30:00Z", "--wait",
            "--json",
        ])
        #expect(command.dag == "sales")
        #expect(command.param.map(\.name) == ["region", "note"])
        #expect(command.param.map(\.value) == ["emea", "a=b"])
        #expect(command.logicalDate?.instant.runKey == "2026-08-21T043000Z")
        #expect(command.wait && command.server.json && !command.follow)
    }

    @Test(
        arguments: [
            ["sales", "-p", "region"], ["sales", "-p", "=x"], ["sales", "-p", "a=1", "-p", "a=2"],
            ["sales", "--logical-date", "tomorrow"], [], ["sales", "other"],
        ]
    )
    func `trigger refuses what makes no sense`(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try TriggerCommand.parse(arguments) }
    }

    @Test(arguments: ["sales", "sales/", "/key", "a/b/c", ""])
    func `a run is a DAG and a key`(_ text: String) {
        #expect(RunArgument(argument: text) == nil)
        #expect(RunArgument(argument: "sales/latest")?.name == RunName(dag: "sales", key: "latest"))
    }

    @Test func `parts of an address are encoded`() {
        let route = RunArgument(argument: "a b/latest")?.route("tasks", "x/y").with("state", "a,b").with("n", Int?.none)
        #expect(route?.target == "/api/v1/runs/a%20b/latest/tasks/x%2Fy?state=a%2Cb")
    }

    @Test(
        arguments: [
            (["dagz"], "Did you mean 'dags'?"), (["dags", "lst"], "Did you mean 'list'?"),
            (["dags", "list", "x"], nil),
            (["--help"], nil), (["zzzzzz"], nil), (["crom", "next"], "Did you mean 'cron'?"),
        ] as [([String], String?)]
    )
    func `a misspelt command is answered with the one that was meant`(_ arguments: [String], _ hint: String?) {
        #expect(CommandSpelling.hint(arguments, of: Rota.self) == hint)
    }

    @Test func `every command has examples in its help`() {
        for command in ClientCommands.all {
            #expect(command.configuration.discussion.contains("Example"), "\(command)")
            for line in command.configuration.discussion.split(separator: "\n") {
                #expect(line.count <= 78, "help is 80 columns wide: \(line)")
            }
        }
    }

    @Test func `logs follow or print one document, not both`() {
        #expect(throws: (any Error).self) { try LogsCommand.parse(["a/b", "t", "--follow", "--json"]) }
        #expect(throws: (any Error).self) { try LogsCommand.parse(["a/b", "t", "--attempt", "0"]) }
    }

    @Test func `backfill needs a range and knows its defaults`() throws {
        #expect(throws: (any Error).self) { try BackfillCommand.parse(["sales", "--from", "2026-08-01"]) }
        let command = try BackfillCommand.parse(["sales", "--from", "2026-08-01", "--to", "2026-08-08"])
        #expect(command.maxActive == 1 && command.rerun == .missing && !command.reverse && !command.dryRun)
    }
}
