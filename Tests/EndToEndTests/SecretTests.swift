import Core
import Glibc
import TestKit
import Testing

/// Secrets from `rota.yaml` to a command, and nowhere else.
struct SecretTests {
    private static let values = [
        "environment": "canary-one-7f3a&9'd", "file": "canary-two-51cc/e2+", "command": "canary-three-b0d4",
    ]

    private static func settings(_ station: Station) -> String {
        """
        secrets:
          from_environment: {environment: CANARY}
          from_file: {file: \(station.folder)/canary}
          from_command: {command: [/bin/echo, \(values["command"] ?? "")]}
          elsewhere: {file: \(station.folder)/canary, dags: ["finance.*"]}
          broken: {command: [/bin/sh, -c, 'echo half-of-it; exit 7']}
        """
    }

    private static func file(_ station: Station) -> String {
        """
        tasks:
          show:
            secrets: {ONE: from_environment, TWO: from_file, THREE: from_command}
            run: |
              printf '%s\\n' "$ONE" "$TWO" "$THREE" > \(station.witness)/arrived
              echo "one $ONE, base64 $(printf '%s' "x$TWO" | base64)"
              printf 'split %s' "${THREE:0:9}"
              while [ ! -e \(station.witness)/go ]; do sleep 0.02; done
              printf '%s end\\n' "${THREE:9}"
              echo "told=$ONE" >> "$ROTA_OUTPUT"
              echo "ERROR: cannot log in with $TWO" >&2
              exit 3
          other: {secrets: {X: elsewhere}, run: 'true'}
          absent: {secrets: {X: nowhere}, run: 'true'}
          half: {secrets: {X: broken}, run: 'true'}
        """
    }

    /// Every file below a folder whose bytes hold one of the values.
    private static func leaks(below folder: String) -> [String] {
        var found: [String] = []
        var folders = [folder]
        while let path = folders.popLast() {
            guard let directory = unsafe opendir(path) else { continue }
            defer { _ = unsafe closedir(directory) }
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                if unsafe entry.pointee.d_type == UInt8(DT_DIR) {
                    folders.append(path + "/" + name)
                } else if let bytes = TextFile.bytes(path + "/" + name),
                    values.values.contains(where: { bytes.firstRange(of: Array($0.utf8)) != nil })
                {
                    found.append(path + "/" + name)
                }
            }
        }
        return found
    }

    @Test func `secrets reach a command and nothing else, over a death of the server`() async throws {
        try await Station.with { station in
            try station.put("canary", (Self.values["file"] ?? "") + "\n")
            try station.put("rota.yaml", Self.settings(station))
            try station.write("use.yaml", Self.file(station))
            let arguments = [
                "standalone", "--data", station.data, "--dags", station.dags, "--port", "0", "--config",
                station.folder + "/rota.yaml",
            ]
            let environment = ["CANARY": Self.values["environment"] ?? ""]
            let server = try await station.start(arguments, environment: environment)
            try await station.awaitDAG("use")
            let run = try await station.trigger("use")
            try await eventually("the first half of a secret") {
                try await station.rota("logs", run, "show").text.contains("split")
            }
            #expect(station.lines(of: "arrived") == ["environment", "file", "command"].map { Self.values[$0] })
            for process in Processes.all where !Processes.words(process).contains("/bin/echo") {
                let words = Processes.words(process).joined(separator: " ")
                for value in Self.values.values { #expect(!words.contains(value)) }
            }
            server.signal(SIGKILL)
            _ = try await server.result()
            _ = try await station.start(arguments, environment: environment)
            try station.leave("go")

            try await station.awaitRun(run, "failed")
            let tasks = try await station.json("tasks", "list", run)
            let log = try await station.rota("logs", run, "show").text
            let lines = log.split(separator: "\n").map(String.init)
            try #require(lines.count == 3, "\(log)")
            #expect(lines[0].hasPrefix("one *******************, base64 "), "\(log)")
            #expect(lines[0].count { $0 == "*" } >= 19 + 24, "\(log)")
            #expect(lines[1] == "split ***************** end")
            #expect(lines[2] == "ERROR: cannot log in with *******************")
            let cause = tasks.task("show")?["attempts"]?.elements.first?["cause"]
            #expect(cause?.text("text") == "ERROR: cannot log in with *******************")
            #expect(Self.leaks(below: station.data + "/postgres").isEmpty)

            let reasons = ["other", "absent", "half"].map { task in
                tasks.task(task)?["attempts"]?.elements.first?.text("reason") ?? ""
            }
            #expect(reasons[0].contains("The secret 'elsewhere' is not for the DAG 'use'"), "\(reasons)")
            #expect(reasons[1].contains("The secret 'nowhere' is not in rota.yaml"), "\(reasons)")
            #expect(reasons[2].contains("'broken' cannot be read: /bin/sh: it ended with exit code 7"), "\(reasons)")
            #expect(!reasons[2].contains("half-of-it"))
        }
    }

    @Test func `a test takes secrets from the environment it is started in`() async throws {
        try await Station.with { station in
            try station.put("t.yaml", "tasks: {show: {secrets: {TOKEN: token}, run: 'echo \"token $TOKEN\"'}}\n")
            let without = try await station.bare(["test", "t.yaml"])
            #expect(without.exitCode == 1)
            #expect("\(without)".contains("Set TOKEN there."), "\(without)")
            let with = try await station.bare(["test", "t.yaml"], environment: ["TOKEN": "canary-four-9d"])
            #expect(with.exitCode == 0, "\(with)")
            #expect("\(with)".contains("token **************") && !"\(with)".contains("canary"), "\(with)")
        }
    }
}
