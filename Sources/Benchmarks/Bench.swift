import Core
import Glibc

/// What is measured, and how much of it.
struct Bench: Sendable {
    /// The program.
    let rota: String
    /// Where temporary folders go.
    let directory: String
    let seed: UInt64
    /// Percent of the usual work.
    let size: Int

    /// The rota that was built with this bench.
    static func rotaBesideUs() throws(BenchFailure) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { throw .system(doing: "find this program", code: errno) }
        let path = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = path.lastIndex(of: "/") else { throw .noProgram(path: path) }
        return path[..<slash] + "/rota"
    }

    /// Refuses to begin where there is nothing to measure.
    func check() throws(BenchFailure) {
        guard unsafe access(rota, X_OK) == 0 else { throw .noProgram(path: rota) }
    }

    /// A number of repetitions, by the size asked for; at least one.
    func repetitions(_ usual: Int) -> Int { max(1, usual * size / 100) }

    /// Numbers that depend on the seed and the row alone.
    func generator(for row: String) -> SplitMix64 {
        SplitMix64(seed: row.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
    }
}

/// A row of the table: how its work is done and judged.
protocol Measurement: Sendable {
    /// Its number in the table of goals.
    static var number: String { get }
    /// What is measured, in a few words that follow "measure".
    static var summary: String { get }

    init()

    /// Does the work on a server of its own; one finding for each line of the table.
    func measure(_ bench: Bench) async throws -> [Finding]
}

/// Why there are no figures.
enum BenchFailure: Error, CustomStringConvertible {
    case noProgram(path: String)
    case system(doing: String, code: Int32)
    case serverEnded(log: String)
    case tooLong(what: String, seconds: Int)
    case answer(status: Int, route: String, body: String)
    case command(line: String, status: Int32)
    case runFailed(dag: String, states: String)
    case strange(what: String)

    var description: String {
        switch self {
        case .noProgram(let path):
            "There is no program \(path) to measure. Build it with `make build`, or name another with --rota."
        case .system(let doing, let code):
            "Could not \(doing): \(unsafe String(cString: strerror(code)))."
        case .serverEnded(let log):
            "The server ended before it was ready. Its last words: \(log)"
        case .tooLong(let what, let seconds):
            "Gave up waiting for \(what) after \(seconds) s."
        case .answer(let status, let route, let body):
            "The server answered \(route) with \(status): \(body)"
        case .command(let line, let status):
            "`\(line)` ended with the status \(status)."
        case .runFailed(let dag, let states):
            "A run of \(dag) did not succeed (\(states)), so its times mean nothing."
        case .strange(let what):
            "\(what)."
        }
    }
}
