/// What a YAML file says, as far as it could be read.
package struct Document: Sendable {
    /// The value of the file; nil where it is empty or cannot be read.
    package var root: Node?
    /// What is wrong with it as YAML, in the file's order.
    package var problems: [Problem]
    /// The file's lines, for showing problems.
    package var source: SourceText

    /// Reads a file.
    ///
    /// A file above the size limit is not looked into at all. Reading goes on after a repeated key, so that several
    /// problems are found at once, and stops at what leaves the rest without meaning.
    package init(parsing bytes: [UInt8], path: String = "", limits: DocumentLimits = DocumentLimits()) {
        guard bytes.count <= limits.bytes else {
            source = SourceText([])
            problems = [Problem(path: path, at: .start, Document.tooLarge(bytes.count, limit: limits.bytes))]
            return
        }
        source = SourceText(bytes)
        if let problem = SourceCheck.problem(in: bytes, source: source) {
            problems = [problem]
        } else {
            var builder = DocumentBuilder(source: source, limits: limits)
            unsafe bytes.withUnsafeBufferPointer { buffer in
                unsafe builder.read(buffer)
            }
            root = builder.root
            problems = builder.problems.sorted()
        }
        for index in problems.indices { problems[index].path = path }
    }

    /// The sentence for a file above the size limit.
    package static func tooLarge(_ bytes: Int, limit: Int) -> String {
        "the file has \(bytes) bytes; at most \(limit) are allowed"
    }
}
