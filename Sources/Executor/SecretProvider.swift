import Core
import Glibc
import Host
import Runner
package import Settings

/// Reads secrets where `rota.yaml` says they are, whenever an attempt needs them.
package actor SecretProvider {
    private let secrets: [String: SecretSettings]
    private var printed: [String: (result: Result<[UInt8], SecretProblem>, until: ContinuousClock.Instant)] = [:]

    /// How long what a program printed is used for other attempts, and how long it is not asked again when it failed.
    private static let (printedSpan, failedSpan) = (Duration.seconds(60), Duration.seconds(10))
    /// How long a program may take.
    private static let limit = Duration.seconds(10)

    /// Knows of these secrets.
    package init(_ secrets: [SecretSettings]) {
        self.secrets = Dictionary(secrets.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Knows of none.
    package static let none = SecretProvider([])

    /// The variables of a task with their values.
    func variables(_ variables: [SecretVariable], for dag: String) async throws(SecretProblem) -> [EnvironmentVariable]
    {
        var found: [EnvironmentVariable] = []
        for variable in variables {
            let value = try await value(of: variable.secret, for: dag)
            found.append(EnvironmentVariable(variable.name, String(decoding: value, as: UTF8.self)))
        }
        return found
    }

    /// What masks the secrets of a task; everything is masked where one of them cannot be read.
    func redactor(of variables: [SecretVariable], for dag: String) async -> Redactor? {
        do throws(SecretProblem) {
            return Redactor(of: try await self.variables(variables, for: dag))
        } catch {
            return .everything
        }
    }

    /// Sentences about secrets that cannot be read now, for the server's log.
    package func problems() async -> [String] {
        var problems: [String] = []
        for secret in secrets.values.sorted(by: { $0.name < $1.name }) {
            do throws(SecretProblem) {
                _ = try await read(secret)
            } catch {
                problems.append("\(error)")
            }
        }
        return problems
    }

    private func value(of name: String, for dag: String) async throws(SecretProblem) -> [UInt8] {
        guard let secret = secrets[name] else { throw .unknown(name: name) }
        guard secret.isFor(dag) else { throw .notForDAG(name: name, dag: dag) }
        return try await read(secret)
    }

    private func read(_ secret: SecretSettings) async throws(SecretProblem) -> [UInt8] {
        var value: [UInt8]
        switch secret.source {
        case .environment(let variable):
            guard let text = unsafe getenv(variable) else {
                throw .unreadable(name: secret.name, reason: "the server's environment has no variable \(variable)")
            }
            value = Array(unsafe String(cString: text).utf8)
        case .file(let path):
            guard let bytes = SmallFile.read(path, limit: SecretForms.mostBytes + 3) else {
                throw .unreadable(name: secret.name, reason: "\(path): \(SmallFile.reason)")
            }
            value = bytes
        case .command(let words): value = try await print(words, for: secret.name)
        }
        if value.last == UInt8(ascii: "\n") { value.removeLast() }
        if value.last == UInt8(ascii: "\r") { value.removeLast() }
        guard (SecretForms.leastBytes...SecretForms.mostBytes).contains(value.count) else {
            let isShort = value.count < SecretForms.leastBytes
            throw .unfit(name: secret.name, isShort ? "it is too short to be masked" : "it is too long")
        }
        guard !value.contains(0), String(validating: value, as: UTF8.self) != nil else {
            throw .unfit(name: secret.name, "it is no text in UTF-8, which a variable has to be")
        }
        return value
    }

    private func print(_ words: [String], for name: String) async throws(SecretProblem) -> [UInt8] {
        if let known = printed[name], .now < known.until { return try known.result.get() }
        do throws(SecretProblem) {
            let value = try await run(words, for: name)
            printed[name] = (.success(value), .now + Self.printedSpan)
            return value
        } catch {
            printed[name] = (.failure(error), .now + Self.failedSpan)
            throw error
        }
    }

    private func run(_ words: [String], for name: String) async throws(SecretProblem) -> [UInt8] {
        let run: CommandRun
        do throws(SpawnError) {
            run = try await CommandRun.run(
                words,
                environment: CommandRun.plainEnvironment + ["HOME=\(Self.home)"],
                limit: Self.limit,
                mostKept: SecretForms.mostBytes + 3
            )
        } catch {
            throw .unreadable(name: name, reason: "\(error)")
        }
        if run.isLate { throw .unreadable(name: name, reason: "\(words[0]) took more than 10 seconds") }
        // Without what it wrote, which may be half of the secret.
        if let ending = run.ending { throw .unreadable(name: name, reason: "\(words[0]): \(ending)") }
        return run.output
    }

    private static var home: String { unsafe getenv("HOME").map { unsafe String(cString: $0) } ?? "/" }
}

/// Why a task cannot have a secret; without a byte of it.
enum SecretProblem: Error, Hashable {
    case unknown(name: String)
    case notForDAG(name: String, dag: String)
    case unreadable(name: String, reason: String)
    case unfit(name: String, _ reason: String)
}

extension SecretProblem: CustomStringConvertible {
    var description: String {
        switch self {
        case .unknown(let name):
            "The secret '\(name)' is not in rota.yaml. Declare it under 'secrets' there, and start the server anew."
        case .notForDAG(let name, let dag):
            "The secret '\(name)' is not for the DAG '\(dag)'. Add it to the secret's 'dags' in rota.yaml."
        case .unreadable(let name, let reason): "The secret '\(name)' cannot be read: \(reason)."
        case .unfit(let name, let reason):
            "The secret '\(name)' cannot be used: \(reason). It needs 8 to 4,096 bytes of text."
        }
    }
}
