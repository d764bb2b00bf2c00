import AttemptProtocol
import Core
import Glibc

/// The environment that commands get: what belongs to the runner's user, the order's variables, the runner's own three.
struct CommandEnvironment {
    /// The variable by which a process tells, in /proc, which attempt it belongs to.
    static let marker = "ROTA_ATTEMPT_ID"

    private let base: [EnvironmentVariable]

    /// Takes what the keeper was started with, where it has it, else what /etc/passwd says.
    init() {
        let user = PasswordFile.entry(of: geteuid())
        func inherited(_ name: String) -> String? {
            unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        base = [
            EnvironmentVariable(
                "PATH",
                inherited("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            ),
            EnvironmentVariable("HOME", inherited("HOME") ?? user?.home ?? "/"),
            EnvironmentVariable("USER", inherited("USER") ?? user?.name ?? String(geteuid())),
            EnvironmentVariable("SHELL", inherited("SHELL") ?? user?.shell ?? "/bin/sh"),
            EnvironmentVariable("LANG", "C.UTF-8"),
            EnvironmentVariable("TMPDIR", inherited("TMPDIR") ?? "/tmp"),
        ]
    }

    /// The variables of one command, each name once, the marker first.
    func variables(for order: StartOrder, in state: StateDirectory) -> [EnvironmentVariable] {
        let own = [
            EnvironmentVariable(CommandEnvironment.marker, order.id.description),
            EnvironmentVariable("ROTA_OUTPUT", state.output(order.id)),
            EnvironmentVariable("ROTA_RUN_DIR", state.run(order.runDirectory)),
        ]
        var seen: Set<String> = []
        let latestFirst = (base + order.environment + own).reversed()
        let kept = latestFirst.filter { seen.insert($0.name).inserted }
        return kept.filter { $0.name == CommandEnvironment.marker }
            + kept.reversed().filter { $0.name != CommandEnvironment.marker }
    }

    /// What is wrong with an order's variables; nil where nothing is.
    static func fault(in order: StartOrder) -> String? {
        for variable in order.environment {
            if variable.name.isEmpty || variable.name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) {
                return "'\(variable.name)' cannot be the name of an environment variable"
            }
            if variable.value.utf8.contains(0) {
                return "the value of the environment variable \(variable.name) has a NUL byte in it"
            }
        }
        return nil
    }
}
