/// An HTTP request to make, complete.
package struct RequestOrder: Hashable, Sendable {
    package var method: String
    package var url: String
    package var headers: [Header]
    package var body: [UInt8]?
    /// The statuses of an answer that mean success.
    package var expected: [ClosedRange<Int>]

    /// A header.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String

        /// Pairs a name with a value.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What makes the requests, where runners are listed; no runner can be given this name.
    package static let runnerName = "the server"

    /// Joins the parts.
    package init(method: String, url: String, headers: [Header], body: [UInt8]?, expected: [ClosedRange<Int>]) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.expected = expected
    }

    /// The expected statuses as a file writes them, such as `200, 202` or `2xx`.
    package var expectedWords: String {
        expected.map { range in
            if range.count == 1 { return "\(range.lowerBound)" }
            let isHundred = range.lowerBound % 100 == 0 && range.count == 100
            return isHundred ? "\(range.lowerBound / 100)xx" : "\(range.lowerBound)-\(range.upperBound)"
        }.joined(separator: ", ")
    }
}
