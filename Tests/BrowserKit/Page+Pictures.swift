import Core

extension Page {
    /// What the screen shows, as PNG.
    package func screenshot() async throws -> [UInt8] {
        let answer = try await send("Page.captureScreenshot", ["format": "png"])
        return Base64.decode(answer["data"]?.text ?? "")
    }

    /// The page on A4 paper, as PDF.
    package func printed() async throws -> [UInt8] {
        let answer = try await send("Page.printToPDF", ["paperWidth": 8.27, "paperHeight": 11.69])
        return Base64.decode(answer["data"]?.text ?? "")
    }
}

/// The encoding in which the browser sends bytes.
enum Base64 {
    /// The bytes of a text; characters that mean nothing are passed over.
    static func decode(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character + 4
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: continue
            }
            bits = bits << 6 | UInt32(value)
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bytes
    }
}
