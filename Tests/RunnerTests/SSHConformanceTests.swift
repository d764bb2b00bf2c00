import Core
import Runner
import TestKit
import Testing

/// What every carrier promises, over SSH to hosts with different shells.
@Suite(.serialized) struct SSHConformanceTests {
    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `the far side keeps every promise of a carrier`(shell: PrivateSSHServer.FarShell) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.runner()
            for claim in RunnerClaim.allCases {
                do {
                    try await claim.check(runner, folder: fixture.server.folder)
                } catch {
                    Issue.record("\(claim) with \(shell): \(error)")
                }
            }
            runner.close()
        }
    }

    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `a value of any characters reaches the command as it is`(shell: PrivateSSHServer.FarShell) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.runner()
            var generator = SystemRandomNumberGenerator()
            for _ in 0..<10 {
                let values = (0..<1000).map { _ in Self.value(using: &generator) }
                let names = (0..<1000).map { "V\($0)_" }
                var order = StartOrder("env -0 2>/dev/null || cat /proc/self/environ")
                order.environment = zip(names, values).map { EnvironmentVariable($0, $1) }
                #expect(try await runner.record(of: order).ending == .exited(0))
                let variables = Set(try await runner.wholeLog(order.id).split(separator: 0).map(Array.init))
                for variable in order.environment {
                    #expect(variables.contains(Array("\(variable.name)=\(variable.value)".utf8)), "\(variable)")
                }
            }
            runner.close()
        }
    }

    @Test(arguments: PrivateSSHServer.FarShell.allCases.filter(\.isInstalled))
    func `variables that a shell keeps for itself keep their values`(shell: PrivateSSHServer.FarShell) async throws {
        try await withSSH(shell: shell) { fixture in
            let runner = try fixture.runner()
            let names = ["IFS", "RANDOM", "SECONDS", "HISTCMD", "PS4", "CDPATH", "a", "id", "folder", "state", "up"]
            var order = StartOrder("cat /proc/$$/environ")
            order.shell = ["sh"]
            order.environment = names.map { EnvironmentVariable($0, "2 of \($0) ") }
            #expect(try await runner.record(of: order).ending == .exited(0))
            let variables = try await runner.wholeLog(order.id).split(separator: 0)
                .map { String(decoding: $0, as: UTF8.self) }
            for name in names { #expect(variables.contains("\(name)=2 of \(name) ")) }
            order = StartOrder("true")
            order.environment = [EnvironmentVariable("UID", "1")]
            guard case .refused = try await runner.start([order])[0] else {
                Issue.record("a read-only variable was taken")
                return
            }
            runner.close()
        }
    }

    /// Up to 40 characters, with those that shells trip over more often than others.
    private static func value(using generator: inout some RandomNumberGenerator) -> String {
        let awkward = Array("'\"\\$`!\n\r\t *?[]{}~#&;|<>()=%-\u{1}\u{7f}\u{81}\u{88}é€𝄞".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            let scalar =
                Bool.random(using: &generator)
                ? awkward.randomElement(using: &generator)
                : Unicode.Scalar(UInt32.random(in: 1...0x10FFFF, using: &generator))
            if let scalar { text.append(scalar) }
        }
        return String(text)
    }
}
