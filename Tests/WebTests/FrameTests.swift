import CAssets
import Core
import Glibc
import Testing

@testable import Web

struct FrameTests {
    @Test(arguments: [
        "<b>", "\"><b>", "<\u{301}b>", "\u{600}<b>", "\"\u{301}", "'\u{20DD}", "&\u{FE0F}", "\u{200D}<",
    ])
    func `templates escape whatever surrounds a sign`(text: String) throws {
        let templates = try Templates()
        func signs(in text: String) -> [Int] {
            let view = MessageView(heading: text, sentence: text, next: Link(path: text, text: text), signIn: nil)
            let bytes = Array(templates.render(view, with: "message").utf8)
            return "<>\"'".utf8.map { sign in bytes.count { $0 == sign } }
        }
        #expect(signs(in: text) == signs(in: "plain"))
    }

    @Test func `every file of web and every migration is in the binary, byte for byte`() throws {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let root = parts.prefix(while: { $0 != "Tests" }).joined(separator: "/")
        var embedded: [String: Int] = [:]
        for index in 0..<rota_asset_count() {
            guard let entry = unsafe rota_asset_at(index), let name = unsafe entry.pointee.name else { continue }
            embedded[unsafe String(cString: name)] = unsafe entry.pointee.count
        }
        #expect(unsafe rota_asset_at(rota_asset_count()) == nil)
        for folder in ["web", "migrations"] {
            for name in names(in: "\(root)/\(folder)") where folder == "web" || name.hasPrefix("V") {
                var status = stat()
                let path = "\(root)/\(folder)/\(name)"
                #expect(unsafe stat(path, &status) == 0)
                #expect(embedded["\(folder)/\(name)"] == Int(status.st_size), "\(folder)/\(name)")
            }
        }
    }

    private func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe _ = closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    @Test(arguments: [
        ("a=1&b=x+y%20z", ["a": "1", "b": "x y z"]), ("", [:]), ("a", ["a": ""]), ("a=%E2%82%AC", ["a": "€"]),
        ("a=%zz&b=%4", ["a": "%zz", "b": "%4"]), ("a=1&a=2", ["a": "2"]), ("p.x=%26%3D", ["p.x": "&="]),
    ])
    func `form fields are decoded`(text: String, expected: [String: String]) {
        let fields = FormFields(text)
        for (name, value) in expected { #expect(fields[name] == value) }
        #expect(Set(fields.pairs.map(\.name)) == Set(expected.keys))
    }

    @Test func `what is compressed is what was sent`() throws {
        var generator = SplitMix64(seed: 3)
        let page = String(repeating: "<tr><td class=\"c success\">●</td></tr>\n", count: 900)
        let noise = (0..<70_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let mixed = Array((0..<4000).map { "line \($0 * 7919 % 997) of text\n" }.joined().utf8)
        for input in [[], [1], [1, 1, 1, 1], Array(page.utf8), noise, mixed, noise.map { $0 % 3 }] {
            let output = Deflate.gzip(input)
            #expect(try Inflate.gunzip(output) == input)
        }
        #expect(Deflate.gzip(Array(page.utf8)).count < page.utf8.count / 20)
    }

    @Test(arguments: [
        ("gzip", true), ("br, gzip;q=0.5", true), ("gzip;q=0", false), ("identity", false), ("", false), ("GZIP", true),
    ])
    func `compression is for those who take it`(header: String, takes: Bool) {
        #expect(Compression.takesGzip(header) == takes)
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1234, "1.2 kB"), (214_000, "214 kB"), (999_600, "1 MB"),
        (1_250_000_000, "1.3 GB"),
    ])
    func `sizes are short`(count: Int, text: String) {
        #expect(Quantity.bytes(count) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
    func `numbers have commas`(number: Int, text: String) {
        #expect(Quantity.grouped(number) == text)
    }

    @Test func `moments say their zone, and their year where it is another`() throws {
        let now = try #require(Timestamp(rfc3339: "2026-08-21T10:00:00Z"))
        let other = try #require(Timestamp(rfc3339: "2025-12-31T23:59:58Z"))
        #expect(Moment(now, now: now).text == "21 Aug 10:00 UTC")
        #expect(Moment(other, now: now).text == "31 Dec 2025 23:59:58 UTC")
        #expect(Moment.age(of: other, now: now) == "232 d ago")
        #expect(Moment.age(of: now + .seconds(7200), now: now) == "in 2 h")
    }
}
