import BrowserKit
import Core

/// Somebody signed in, with a browser whose cache is empty at each visit.
struct Visitor {
    /// Milliseconds since the link was pressed, and what went over the wire.
    struct Times {
        var paint = Samples()
        var interactive = Samples()
        var kilobytes = 0.0
        var requests = 0
    }

    private let site: String
    private let cookie: JSONValue

    /// Signs in by the link that the server printed when it was ready.
    init(_ server: MeasuredServer) async throws {
        let parts = server.link.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 3 else { throw BenchFailure.strange(what: "'\(server.link)' is no link") }
        site = parts[..<3].joined(separator: "/")
        let page = try await Page()
        try await page.open(server.link)
        let cookies = try await page.send("Network.getCookies", ["urls": [.string(site)]])["cookies"]
        guard case .array(let made)? = cookies, let name = made.first?["name"], let value = made.first?["value"] else {
            throw BenchFailure.strange(what: "no cookie came of \(server.link)")
        }
        cookie = ["name": name, "value": value, "url": .string(site)]
        try await page.close()
    }

    /// Opens a tab on a page, with nothing in its cache; whoever calls closes it.
    func open(_ path: String, on screen: Screen) async throws -> Page {
        let page = try await Page(screen)
        try await page.send("Network.setCookie", cookie)
        if screen.isTouched { try await page.slowDown() }
        try await page.open(site + path)
        return page
    }

    /// Visits a page so many times, after one that does not count.
    func times(of path: String, on screen: Screen, _ rounds: Int) async throws -> Times {
        var times = Times()
        for round in 0...rounds {
            let page = try await open(path, on: screen)
            let paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
            try await page.wait(for: "\(paint) > 0")
            if round > 0 {
                times.paint.add(try await page.number(paint))
                let interactive = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
                times.interactive.add(try await page.number(interactive))
                let requests = page.record.requests.filter { $0.type != "EventSource" && !$0.url.hasPrefix("data:") }
                times.requests = requests.count
                times.kilobytes = Double(requests.reduce(0) { $0 + $1.bytes }) / 1000
            }
            try await page.close()
        }
        return times
    }
}
