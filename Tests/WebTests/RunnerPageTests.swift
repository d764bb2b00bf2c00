import HTTPTypes
import Store
import Testing

@testable import Web

/// The page of one runner, and what may be said there.
struct RunnerPageTests {
    @Test func `a runner is drained and resumed by its page, which keeps who and why`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            let before = try await client.get("/runners/local").text
            #expect(before.contains("action=\"/runners/local/drain\""))
            #expect(!before.contains("action=\"/runners/local/resume\""))
            let drained = try await client.post("/runners/local/drain", "reason=%3Cb%3Enew+disk")
            #expect(drained.headers[.location] == "/runners/local?done=drained", "\(drained.text)")
            let page = try await client.get("/runners/local?done=drained").text
            #expect(page.contains("Drained: it takes nothing new."))
            #expect(page.contains("&lt;b&gt;new disk") && !page.contains("<b>new disk"))
            #expect(page.contains("action=\"/runners/local/resume\""))
            #expect(try await client.get("/runners").text.contains("Takes nothing new since"))
            let resumed = try await client.post("/runners/local/resume")
            #expect(resumed.headers[.location] == "/runners/local?done=undrained", "\(resumed.text)")
            let history = try await seeded.store.deeds(ofRunner: "local", limit: 10).map(\.deed.verb)
            #expect(history == [.resume, .drain])
        }
    }

    @Test func `a form of a strange kind, and a removal that is not allowed, are sentences`() async throws {
        try await SeededSite.with { seeded in
            let client = try await SiteClient.signedIn(seeded)
            #expect(try await client.post("/runners/local/explode").status == .notFound)
            #expect(try await client.post("/runners/lokal/drain").status == .notFound)
            let refused = try await client.post("/runners/local/remove")
            #expect(refused.status == .forbidden, "\(refused.text)")
            #expect(try await client.get("/runners/local").status == .ok)
        }
    }
}
