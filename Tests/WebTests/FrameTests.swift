import CAssets
import CZlib
import Core
import Glibc
import HTTPTypes
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
        let page = Array(String(repeating: "<tr><td class=\"c success\">●</td></tr>\n", count: 900).utf8)
        let noise = (0..<70_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        for input in [[], [1], [1, 1, 1, 1], page, noise, noise.map { $0 % 3 }] {
            for effort in [Gzip.Effort.once, .eachTime] {
                #expect(gunzipped(Gzip.file(of: input, effort: effort)) == input)
            }
        }
        #expect(Gzip.file(of: page, effort: .eachTime).count < page.count / 50)
    }

    @Test func `files are compressed once, and only for those who take gzip`() async throws {
        let client = SiteClient(try SeededSite.withoutDatabase())
        let path = Asset.path(of: "ui.css")
        let packed = try await client.get(path, [.acceptEncoding: "br, gzip"])
        #expect(packed.headers[.contentEncoding] == "gzip" && packed.headers[.vary] == "Accept-Encoding")
        #expect(packed.bytes == Asset.all["ui.css"]?.compressed)
        let plain = try await client.get(path)
        #expect(plain.headers[.contentEncoding] == nil && plain.headers[.vary] == "Accept-Encoding")
        #expect(gunzipped(packed.bytes) == plain.bytes)
        for (name, most) in [("ui.css", 8_000), ("ui.js", 10_000)] {
            let weight = try await client.get(Asset.path(of: name), [.acceptEncoding: "gzip"]).bytes.count
            #expect(weight <= most, "\(name)")
        }
        let icon = try await client.get(Asset.path(of: "icon-failed.svg"), [.acceptEncoding: "gzip"])
        #expect(icon.headers[.contentEncoding] == nil, "less than a head weighs")
    }

    /// What is in a gzip file.
    private func gunzipped(_ file: [UInt8]) -> [UInt8] {
        var stream = unsafe z_stream()
        guard unsafe rota_gunzip_begin(&stream) == Z_OK else { return [] }
        defer { unsafe inflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: 1 << 20)
        let most = output.count
        let left = unsafe file.withUnsafeBufferPointer { bytes in
            unsafe output.withUnsafeMutableBufferPointer { room in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.avail_in = uInt(bytes.count)
                unsafe stream.next_out = room.baseAddress
                unsafe stream.avail_out = uInt(most)
                guard unsafe inflate(&stream, Z_FINISH) == Z_STREAM_END else { return most }
                return Int(unsafe stream.avail_out)
            }
        }
        return Array(output.prefix(most - left))
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

    @Test(arguments: [
        ("Run `rota login` & go on.", "Run <code>rota login</code> &amp; go on."),
        ("`<b>`", "<code>&lt;b&gt;</code>"), ("half a `pair", "half a `pair"), ("none", "none"),
    ])
    func `commands in a sentence are shown as code`(_ text: String, _ markup: String) {
        #expect(HTMLText.sentence(text) == markup)
    }
}
