import AttemptProtocol
import Core
import Glibc
import Runner

/// A local runner with a state directory of its own, which goes when the fixture does.
final class LocalFixture: Sendable {
    let folder: String
    let runner: LocalRunner

    /// The keeper that was built beside the tests.
    static let keeperExecutable: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &path, path.count)
        let program = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return program.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/rota-keeper"
    }()

    init(folder: String? = nil) {
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        self.folder = folder ?? "/tmp/rota-test-\(random)"
        unsafe mkdir(self.folder, 0o700)
        runner = LocalFixture.makeRunner(in: self.folder)
    }

    /// Another adapter for the same state directory, as after a restart of the server.
    func anotherRunner() -> LocalRunner { LocalFixture.makeRunner(in: folder) }

    private static func makeRunner(in folder: String) -> LocalRunner {
        LocalRunner(
            name: "local",
            stateDirectory: folder + "/state",
            keeperExecutable: keeperExecutable,
            keeperIdleLimit: .seconds(1)
        )
    }

    deinit {
        // The keeper ends by itself a second after its last client; the folder is its own until then.
        FileTree.remove(folder)
    }
}
