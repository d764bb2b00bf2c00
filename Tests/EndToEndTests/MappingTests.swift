import Core
import Glibc
import TestKit
import Testing

/// Mapped tasks on the real program.
struct MappingTests {
    private static let files = """
        defaults: {timeout: 1m}
        tasks:
          list:
            run: echo 'files=["a", "b c", "d"]' >> "$ROTA_OUTPUT"
            outputs: {files: json}
          clean:
            needs: list
            for_each: "{{ tasks.list.outputs.files }}"
            max_parallel: 2
            env: {FILE: "{{ item }}"}
            outputs: {name: string}
            run: |
              echo "instance $ROTA_MAP_INDEX cleans $FILE"
              [ "$FILE" != "b c" ] || [ -e "$ROTA_RUN_DIR/mended" ]
              echo "name=clean $FILE" >> "$ROTA_OUTPUT"
          check:
            for_each: {same_as: clean}
            env: {NAME: "{{ tasks.clean.outputs.name }}"}
            run: echo "$NAME is checked" | tee -a "$ROTA_RUN_DIR/checked"; touch "$ROTA_RUN_DIR/mended"
          report:
            needs: [clean, check]
            env: {NAMES: "{{ tasks.clean.outputs.name }}"}
            run: echo "all of $NAMES"
        """

    @Test func `instances run, fail, are cleared and read one by one`() async throws {
        try await Station.with { station in
            _ = try await station.start(["files.yaml": Self.files])
            let name = try await station.trigger("files")
            let failed = try await station.awaitRun(name, "failed")
            let states = (failed["tasks"]?.elements ?? []).map { task in
                "\(task.text("id") ?? "")\(task["map_index"] ?? .null) \(task.text("state") ?? "")"
            }
            #expect(
                states == [
                    "listnull success", "clean0 success", "clean1 failed", "clean2 success", "check0 success",
                    "check1 upstream_failed", "check2 success", "reportnull upstream_failed",
                ]
            )
            let log = try await station.rota("logs", name, "clean", "--map-index", "1")
            #expect(log.text == "instance 1 cleans b c\n")
            _ = try await station.rota("tasks", "clear", name, "clean", "--map-index", "1", "--downstream")
            try await station.awaitRun(name, "success")
            #expect(try await station.rota("logs", name, "check", "--map-index", "1").text == "clean b c is checked\n")
            let report = try await station.rota("logs", name, "report").text
            #expect(report == #"all of ["clean a","clean b c","clean d"]"# + "\n")
            let check = try await station.bare(["db", "check", "--data", station.data])
            #expect(check.exitCode == 0, "\(check)")
        }
    }

    /// Forty items, four at a time, each cleaned and checked once; witnesses tell which have begun, and when.
    private static func many(_ witness: String) -> String {
        """
        defaults: {timeout: 1m}
        tasks:
          list:
            run: echo "items=[$(seq -s , 0 39)]" >> "$ROTA_OUTPUT"
            outputs: {items: json}
          clean:
            needs: list
            for_each: "{{ tasks.list.outputs.items }}"
            max_parallel: 4
            run: |
              echo "begin $ROTA_MAP_INDEX" >> \(witness)/clean
              sleep 0.1
              echo "end $ROTA_MAP_INDEX" >> \(witness)/clean
          check: {for_each: {same_as: clean}, run: 'echo "$ROTA_MAP_INDEX" >> \(witness)/check'}
          load: {needs: check, run: "true"}
        """
    }

    @Test func `a server that is killed again and again makes every instance once, and four at a time`() async throws {
        try await Station.with { station in
            var server = try await station.start(["many.yaml": Self.many(station.witness)])
            let run = try await station.trigger("many")
            for count in [2, 16, 34] {
                try await eventually("\(count) lines of clean") { station.lines(of: "clean").count >= count }
                server.signal(SIGKILL)
                #expect(try await server.result().signal == SIGKILL)
                server = try await station.start()
                let check = try await station.bare(["db", "check", "--data", station.data])
                #expect(check.exitCode == 0, "\(check)")
            }
            try await station.awaitRun(run, "success")
            var underWay = 0
            for line in station.lines(of: "clean") {
                underWay += line.hasPrefix("begin") ? 1 : -1
                #expect(underWay <= 4)
            }
            let indices = (0..<40).map(String.init)
            #expect(Set(station.lines(of: "clean")) == Set(indices.flatMap { ["begin \($0)", "end \($0)"] }))
            #expect(station.lines(of: "clean").count == 80)
            #expect(station.lines(of: "check").sorted() == indices.sorted())
            let check = try await station.bare(["db", "check", "--data", station.data])
            #expect(check.exitCode == 0, "\(check)")
        }
    }
}
