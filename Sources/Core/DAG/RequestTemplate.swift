/// An HTTP request that a task makes in place of a script, with values still to be filled in.
package struct RequestTemplate: Hashable, Sendable {
    /// The method, in capitals.
    package var method: String
    package var url: Template
    package var headers: [Header]
    package var body: Template?
    /// The statuses of an answer that mean success.
    package var expected: [ClosedRange<Int>]
    /// Whether making it twice does no more than making it once.
    package var isIdempotent: Bool

    /// A header's name and its value's template.
    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: Template

        /// Pairs a name with a value.
        package init(name: String, value: Template) {
            self.name = name
            self.value = value
        }
    }

    /// Methods whose repetition does nothing more, by RFC 9110, section 9.2.2.
    package static let idempotentMethods: Set<String> = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"]

    /// Joins the parts.
    package init(
        method: String,
        url: Template,
        headers: [Header],
        body: Template?,
        expected: [ClosedRange<Int>],
        isIdempotent: Bool
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.expected = expected
        self.isIdempotent = isIdempotent
    }

    /// All its templates.
    package var templates: [Template] { [url] + headers.map(\.value) + [body].compactMap(\.self) }

    /// Fills in the values; in the URL they are percent-encoded.
    package func render(_ context: EvaluationContext) throws(TemplateError) -> RequestOrder {
        var filled: [RequestOrder.Header] = []
        for header in headers {
            let value = try header.value.render(context)
            guard !value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
                throw .notAVariable(
                    task: context.taskID,
                    variable: header.name,
                    reason: "a header's value can have no line break or other control character"
                )
            }
            filled.append(.init(name: header.name, value: value))
        }
        return RequestOrder(
            method: method,
            url: try url.render(context, encoding: .percent),
            headers: filled,
            body: try body.map { (template) throws(TemplateError) in Array(try template.render(context).utf8) },
            expected: expected
        )
    }
}
