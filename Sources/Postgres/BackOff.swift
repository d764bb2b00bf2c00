/// How long to wait between tries that fail: doubling from `first` to `limit`, each shortened at random by up to
/// half, so that many clients do not come back at the same moment.
package struct BackOff: Sendable {
    /// Defaults to 100 ms.
    package var first: Duration
    /// Defaults to 10 s.
    package var limit: Duration

    package init(first: Duration = .milliseconds(100), limit: Duration = .seconds(10)) {
        self.first = first
        self.limit = limit
    }

    /// The pause after a number of failures in a row, counted from 1.
    package func pause(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        // Beyond 30 doublings any pause is at its limit.
        let full = min(limit, first * (1 << min(max(failures, 1) - 1, 30)))
        return full * Double.random(in: 0.5...1, using: &generator)
    }
}
