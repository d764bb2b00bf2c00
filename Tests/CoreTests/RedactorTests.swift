import Core
import Testing

struct RedactorTests {
    private static let secret = "s3cr&t/pä ss'word+<\"x>"

    private func masked(_ text: String, _ secrets: String...) -> String {
        String(decoding: Redactor(secrets.map { Array($0.utf8) }).redacted(Array(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        (secret, "as it is"), ("czNjciZ0L3DDpCBzcyd3b3JkKzwieD4", "base64"),
        ("czNjciZ0L3DDpCBzcyd3b3JkKzwieD4=", "base64 with its end"),
        ("YXMzY3ImdC9ww6Qgc3Mnd29yZCs8Ing+", "base64 after one byte"),
        ("YWFzM2NyJnQvcMOkIHNzJ3dvcmQrPCJ4Pg==", "base64 after two bytes"),
        ("s3cr%26t%2Fp%C3%A4%20ss%27word%2B%3C%22x%3E", "percent-encoded"),
        ("s3cr%26t%2fp%c3%a4+ss%27word%2b%3c%22x%3e", "a form's field"),
        ("s3cr&t/pä ss'word+<\\\"x>", "JSON"), ("s3cr&t\\/pä ss'word+<\\\"x>", "JSON with slashes"),
        ("s3cr&amp;t/pä ss&#39;word+&lt;&quot;x&gt;", "XML"), ("s3cr&t/pä ss'\\''word+<\"x>", "quoted for a shell"),
        ("733363722674 2f".replacingSpaces() + "70c3a4207373276f".replacingSpaces(), "nothing of it"),
    ])
    func `a secret is masked in the forms in which programs print it`(_ form: String, _ name: String) {
        let text = "before \(form) after"
        let result = masked(text, Self.secret)
        #expect(result.utf8.count == text.utf8.count, "no offset moves")
        if name == "nothing of it" {
            #expect(result == text)
        } else {
            #expect(result.hasPrefix("before ") && result.hasSuffix(" after"))
            // What base64 mixes with what stands before and after may stay: it tells less than a byte of each end.
            #expect(result.filter { $0 == "*" }.count >= form.utf8.count - 6, "\(name): \(result)")
        }
    }

    @Test func `hex is masked in small letters and capitals`() {
        #expect(masked("x 70617373776f7264 y", "password") == "x **************** y")
        #expect(masked("x 70617373776F7264 y", "password") == "x **************** y")
    }

    @Test func `lines of a key are masked one by one, and ends of lines stay`() {
        let key = "-----BEGIN-----\nabcdefghijkl\nmnopqrstuvwx\n"
        let result = masked("> abcdefghijkl <\n" + key, key)
        #expect(result == "> ************ <\n***************\n************\n************\n")
    }

    @Test func `what is shorter than eight bytes is left`() {
        #expect(masked("a short word", "short") == "a short word")
    }

    @Test func `a redactor that knows no secrets masks everything but the ends of lines`() {
        #expect(String(decoding: Redactor.everything.redacted(Array("ab\ncd".utf8)), as: UTF8.self) == "**\n**")
    }

    /// Gives a text in pieces, as a reader does that begins again where bytes are not settled.
    private func streamed(_ text: [UInt8], _ redactor: Redactor, piece: () -> Int) -> [UInt8] {
        var stored: [UInt8] = []
        var ahead = 0
        while stored.count < text.count {
            let end = min(text.count, stored.count + ahead + piece())
            var bytes = Array(text[stored.count..<end])
            let settled = redactor.redact(&bytes, isEnd: end == text.count)
            stored += bytes.prefix(settled)
            ahead = bytes.count - settled
        }
        return stored
    }

    @Test(arguments: 0..<200)
    func `pieces of any size are masked as the whole is`(_ seed: UInt64) {
        var chance = SplitMix64(seed: seed)
        let secrets = (0..<3).map { _ in (0..<(8 + chance.below(30))).map { _ in UInt8(97 + chance.below(26)) } }
        var text: [UInt8] = []
        for _ in 0..<40 {
            switch chance.below(4) {
            case 0: text += secrets[chance.below(3)]
            case 1: text += secrets[chance.below(3)].prefix(chance.below(12))
            case 2: text += (0..<chance.below(20)).map { _ in UInt8(97 + chance.below(26)) }
            default: text.append(UInt8(ascii: "\n"))
            }
        }
        let redactor = Redactor(secrets)
        let whole = redactor.redacted(text)
        #expect(streamed(text, redactor) { 1 + chance.below(16) } == whole)
        #expect(whole.count == text.count)
        for secret in secrets { #expect(!whole.contains(secret)) }
    }

    @Test func `a secret that repeats itself does not stop the stream`() {
        let text = [UInt8](repeating: 97, count: 1_000)
        let stored = streamed(text, Redactor([[UInt8](repeating: 97, count: 10)])) { 64 }
        #expect(stored == [UInt8](repeating: UInt8(ascii: "*"), count: 1_000))
    }
}

extension String {
    fileprivate func replacingSpaces() -> String { filter { $0 != " " } }
}
