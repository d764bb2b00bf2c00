import Glibc
import Testing

@testable import rota

/// Where commands look for the server.
struct ServerAddressTests {
    private func resolve(
        data: String? = nil,
        url: String? = nil,
        _ variables: [String: String] = [:],
        isRoot: Bool = false
    ) throws -> ServerAddress {
        let wish = ServerAddress.Wish(data: data, url: url)
        return try ServerAddress.resolve(wish, environment: ProcessEnvironment(variables, isRoot: isRoot))
    }

    @Test func `what is asked for goes before the environment, and that before the usual place`() throws {
        let variables = ["ROTA_DATA": "/env", "ROTA_URL": "http://127.0.0.1:1", "HOME": "/home/ana"]
        #expect(try resolve(data: "/d", variables).place == .socket(path: "/d/rota.sock"))
        #expect(try resolve(url: "http://localhost:2/", variables).place == .url("http://localhost:2"))
        #expect(try resolve(variables).place == .url("http://127.0.0.1:1"))
        #expect(try resolve(["ROTA_DATA": "/env"]).place == .socket(path: "/env/rota.sock"))
        #expect(try resolve(["HOME": "/home/ana"]).place == .socket(path: "/home/ana/.local/share/rota/rota.sock"))
        #expect(try resolve([:], isRoot: true).place == .socket(path: "/var/lib/rota/rota.sock"))
    }

    @Test func `two servers at once are refused`() {
        #expect(throws: ClientFailure.twoAddresses) { try resolve(data: "/d", url: "http://localhost") }
    }

    @Test(arguments: ["ftp://x", "localhost:8080", "http://", "http://user@host", "http://a b", ""])
    func `what is no address is refused`(_ url: String) {
        #expect(throws: ClientFailure.badURL(url)) { try resolve(url: url) }
    }

    @Test(arguments: ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://rota.example.com"])
    func `a token goes where nobody can read along`(_ url: String) throws {
        #expect(try resolve(url: url, ["ROTA_TOKEN": " t \n"]).token == "t")
    }

    @Test func `a token is not sent over plain http to another host`() throws {
        #expect(throws: ClientFailure.tokenInTheClear(host: "example.com")) {
            try resolve(url: "http://example.com:8080", ["ROTA_TOKEN": "t"])
        }
        #expect(try resolve(url: "http://example.com").token == nil)
    }

    @Test func `a note in the data directory names a socket elsewhere`() throws {
        var name = Array("/tmp/rota-cli-XXXXXX".utf8CString)
        let isMade = unsafe mkdtemp(&name) != nil
        try #require(isMade)
        let folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let text = Array("/run/r.sock\n".utf8)
        let note = unsafe open(folder + "/socket-path", O_WRONLY | O_CREAT, 0o600)
        #expect(unsafe write(note, text, text.count) == text.count)
        close(note)
        #expect(try resolve(data: folder).place == .socket(path: "/run/r.sock"))
        #expect(try resolve(data: folder).base == "http+unix://%2Frun%2Fr.sock")
        unsafe unlink(folder + "/socket-path")
        unsafe rmdir(folder)
    }

    @Test(
        arguments: [
            (400, rota.ExitStatus.misuse), (401, .refused), (403, .refused), (404, .notFound), (409, .refused),
            (500, .bug), (503, .unreachable),
        ]
    )
    func `the server's no becomes an exit status`(_ code: Int, _ status: rota.ExitStatus) {
        #expect(ClientFailure.answered(status: code, kind: "", message: "", place: "").status == status)
    }
}
