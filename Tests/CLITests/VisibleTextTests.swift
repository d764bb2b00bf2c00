import Testing

@testable import rota

/// Logs on a terminal.
struct VisibleTextTests {
    private func show(_ bytes: [UInt8]) -> String {
        var text = VisibleText()
        return String(decoding: text.show(bytes) + text.end(), as: UTF8.self)
    }

    @Test(
        arguments: [
            ("plain\ttext\n", "plain\ttext\n"),
            ("ünï→日\n", "ünï→日\n"),
            ("\u{1B}[31mred\u{1B}[0m", "\u{1B}[31mred\u{1B}[0m\u{1B}[0m"),
            ("\u{1B}[2Jgone", "^[[2Jgone"),
            ("\u{1B}]0;title\u{7}", "^[]0;title^G"),
            ("\u{1B}]8;;http://x\u{1B}\\link", "^[]8;;http://x^[\\link"),
            ("10%\r20%\n", "10%^M20%\n"),
            ("dos\r\n", "dos\n"),
            ("a\u{0}b\u{8}", "a^@b^H"),
            ("\u{7F}", "^?"),
            ("a\u{202E}b\u{200B}", "a<U+202E>b<U+200B>"),
            ("\u{9B}31m", "<U+9B>31m"),
        ]
    )
    func `what would steer a terminal is shown instead`(_ text: String, _ shown: String) {
        #expect(show(Array(text.utf8)) == shown)
    }

    @Test(arguments: [
        ([0xFF, 0xFE] as [UInt8], "\\xFF\\xFE"), ([0xE6, 0x97], "\\xE6\\x97"), ([0x41, 0x80], "A\\x80"),
    ])
    func `bytes that are no text are shown in hexadecimal`(_ bytes: [UInt8], _ shown: String) {
        #expect(show(bytes) == shown)
    }

    @Test func `pieces give the same as the whole, wherever they are cut`() {
        let bytes = Array("a\u{1B}[1;31mü日\r\nb\rc\u{1B}[Kd\u{1B}".utf8)
        let whole = show(bytes)
        for cut in 0...bytes.count {
            var text = VisibleText()
            let pieces = text.show(bytes[..<cut]) + text.show(bytes[cut...]) + text.end()
            #expect(String(decoding: pieces, as: UTF8.self) == whole, "cut at \(cut)")
        }
    }
}
