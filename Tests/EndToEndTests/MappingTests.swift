import Core
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
}
