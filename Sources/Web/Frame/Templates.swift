import Mustache

/// The templates of `web/`, parsed once.
struct Templates: Sendable {
    private let library: MustacheLibrary

    /// Parses every `*.mustache` file; they are part of the program, so a fault in one is ours.
    init() throws {
        Self.registerEscaping
        var library = MustacheLibrary()
        for asset in Asset.all.values where asset.name.hasSuffix(".mustache") {
            let name = String(asset.name.dropLast(".mustache".utf8.count))
            // A file ends with a line end; what it is put into must not get one in the middle of a sentence.
            let source = asset.bytes.last == UInt8(ascii: "\n") ? asset.bytes.dropLast() : asset.bytes[...]
            try library.register(Self.pragma + String(decoding: source, as: UTF8.self), named: name)
        }
        self.library = library
    }

    /// Fills a template; what is missing from the view is left out.
    func render(_ view: Any, with name: String) -> String {
        guard let text = library.render(view, withTemplate: name) else {
            preconditionFailure("there is no template '\(name)' in web/")
        }
        return text
    }

    /// The library's own escaping compares characters and so lets `<` followed by a combining mark through; every
    /// template is therefore made to use ours.
    private static let pragma = "{{% CONTENT_TYPE: ROTA}}"

    private static let registerEscaping: Void = MustacheContentTypes.register(ByteEscaping(), named: "ROTA")

    private struct ByteEscaping: MustacheContentType {
        func escapeText(_ text: String) -> String { HTMLText.escape(text) }
    }
}
