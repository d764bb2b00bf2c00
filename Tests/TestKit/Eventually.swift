/// Waits until a condition holds, looking often; after a generous limit it throws what was waited for.
package func eventually(
    _ what: @autoclosure () -> String,
    limit: Duration = .seconds(300),
    _ condition: () async throws -> Bool
) async throws {
    _ = try await value(of: what(), limit: limit) { try await condition() ? true : nil }
}

/// Waits until there is a value, looking often; after a generous limit it throws what was waited for.
package func value<Value>(
    of what: @autoclosure () -> String,
    limit: Duration = .seconds(300),
    _ find: () async throws -> Value?
) async throws -> Value {
    let end = ContinuousClock.now + limit
    // Looking may cost a process: what takes long is looked at less and less often.
    var pause = Duration.milliseconds(10)
    while true {
        if let value = try await find() { return value }
        guard ContinuousClock.now < end else { throw TooLate(what: what(), limit: limit) }
        try await Task.sleep(for: pause)
        pause = min(pause * 5 / 4, .milliseconds(250))
    }
}

/// What a test waited for did not come.
package struct TooLate: Error, CustomStringConvertible {
    let what: String
    let limit: Duration

    package var description: String { "There was no \(what) within \(limit)." }
}
