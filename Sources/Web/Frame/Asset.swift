import CAssets

/// A file of `web/` in the binary.
struct Asset: Sendable {
    let name: String
    let bytes: [UInt8]
    /// Sixteen hexadecimal digits of the FNV-1a hash of the bytes: it tells versions apart and guards nothing.
    let digest: String
    /// The same as a gzip file, made once; nil where that would not be smaller by much.
    let compressed: [UInt8]?

    private init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        digest = Self.digest(of: bytes)
        // Templates are never sent.
        let isSent = bytes.count >= Compression.least && !name.hasSuffix(".mustache")
        compressed = isSent ? Gzip.file(of: bytes, effort: .once) : nil
    }

    /// All files of `web/`, by their name in that folder.
    static let all: [String: Asset] = {
        var files: [String: [UInt8]] = [:]
        for index in 0..<rota_asset_count() {
            guard let entry = unsafe rota_asset_at(index), let name = unsafe entry.pointee.name,
                let bytes = unsafe entry.pointee.bytes
            else { continue }
            let path = unsafe String(cString: name)
            guard path.hasPrefix("web/") else { continue }
            files[String(path.dropFirst(4))] = unsafe [UInt8](
                UnsafeBufferPointer(start: bytes, count: entry.pointee.count)
            )
        }
        // One script for a browser, two for those who read them.
        if let frame = files["ui.js"], let log = files.removeValue(forKey: "log.js") {
            files["ui.js"] = withoutComments(frame + log)
        }
        if let style = files["ui.css"] { files["ui.css"] = withoutComments(ofStyle: style) }
        return Dictionary(uniqueKeysWithValues: files.map { ($0.key, Asset(name: $0.key, bytes: $0.value)) })
    }()

    /// A style sheet without comments and without the ends of lines that close a rule.
    private static func withoutComments(ofStyle style: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = style[...]
        while let byte = rest.first {
            if rest.starts(with: "/*".utf8) {
                rest = rest.dropFirst(2)
                while !rest.isEmpty, !rest.starts(with: "*/".utf8) { rest = rest.dropFirst() }
                rest = rest.dropFirst(2)
                continue
            }
            let closes = result.last.map { [0x0A, 0x3B, 0x7B, 0x7D].contains($0) } ?? true
            if byte != 0x0A || !closes { result.append(byte) }
            rest = rest.dropFirst()
        }
        return result
    }

    /// A script without indentation and without lines that are comments: a phone waits for bytes.
    ///
    /// No text in our scripts goes over several lines.
    private static func withoutComments(_ script: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for line in script.split(separator: UInt8(ascii: "\n")) {
            let words = line.drop { $0 == UInt8(ascii: " ") }
            if words.starts(with: "//".utf8) { continue }
            result += words
            result.append(UInt8(ascii: "\n"))
        }
        return result
    }

    /// The address of a file, with a part that changes with its bytes, so that browsers may keep it for ever.
    static func path(of name: String) -> String {
        guard let asset = all[name] else { return "/assets/\(name)" }
        return "/assets/\(asset.digest)/\(name)"
    }

    /// The FNV-1a hash of bytes in hexadecimal.
    static func digest(of bytes: some Sequence<UInt8>) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// The media type, by the name's end.
    var mediaType: String {
        if name.hasSuffix(".css") { return "text/css; charset=utf-8" }
        if name.hasSuffix(".js") { return "text/javascript; charset=utf-8" }
        if name.hasSuffix(".svg") { return "image/svg+xml" }
        if name.hasSuffix(".json") { return "application/json" }
        return "text/plain; charset=utf-8"
    }
}
