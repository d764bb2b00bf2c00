import Core
import Testing
import YAML

@testable import Settings

/// Where secrets are.
struct SecretTests {
    private func parse(_ text: String) -> Settings.ParseResult {
        Settings.parse(source: Array(text.utf8), path: "rota.yaml")
    }

    @Test func `a secret is in the environment, in a file or what a program prints`() throws {
        let result = parse(
            """
            secrets:
              one: {environment: ONE}
              two: {file: /run/secrets/two, dags: ["finance.*", sales]}
              three: {command: [/usr/bin/pass, show, three]}
            """
        )
        let settings = try #require(result.settings, "\(result.problems)")
        #expect(
            settings.secrets == [
                SecretSettings(name: "one", source: .environment("ONE")),
                SecretSettings(name: "two", source: .file("/run/secrets/two"), dags: ["finance.*", "sales"]),
                SecretSettings(name: "three", source: .command(["/usr/bin/pass", "show", "three"])),
            ]
        )
        #expect(settings.secrets[0].isFor("any"))
        #expect(settings.secrets[1].isFor("finance.close") && settings.secrets[1].isFor("sales"))
        #expect(!settings.secrets[1].isFor("salesman"))
    }

    @Test(arguments: [
        ("{}", "the secret 's' needs 'environment', 'file' or 'command'"),
        ("{environment: A, file: /a}", "the secret 's' has 'environment' and 'file'; it is in one place"),
        ("{command: [pass]}", "the command of 's' must begin with a program's absolute path"),
        ("{value: abc}", "write the value into a file and name it as 'file'"),
        ("{environment: 1A}", "the name of a variable of the environment"),
    ])
    func `a secret without a place is refused`(_ text: String, _ sentence: String) {
        let problems = parse("secrets: {s: \(text)}").problems.map { "\($0.description) \($0.hint ?? "")" }
        #expect(problems.contains { $0.contains(sentence) }, "\(problems)")
    }
}
