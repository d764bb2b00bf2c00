import BrowserKit
import Core
import Testing

extension BrowserTests {
    /// What holds for each page.
    struct EveryPageTests {
        @Test func `no page asks elsewhere or for more than its style and script, or weighs more than 30 kB`()
            async throws
        {
            let survey = try await PageSurvey.shared()
            #expect(survey.weights == [])
        }

        @Test func `no page breaks the content security policy or has an error in its console`() async throws {
            let survey = try await PageSurvey.shared()
            #expect(survey.problems == [])
        }

        @Test func `no page breaks a rule of accessibility, in light and dark, on a phone and on a desk`() async throws
        {
            let survey = try await PageSurvey.shared()
            #expect(survey.rules == [])
        }

        @Test func `no page scrolls sideways at 320 pixels, which is 400 per cent of 1280`() async throws {
            let survey = try await PageSurvey.shared()
            #expect(survey.wide == [])
        }

        @Test func `what can be pressed is large enough for its pointer`() async throws {
            let survey = try await PageSurvey.shared()
            #expect(survey.small == [])
        }

        @Test func `style and script weigh at most 8 and 10 kB on the wire`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, "/") { page in
                func bytes(_ type: String) -> Int { page.record.requests.first { $0.type == type }?.bytes ?? .max }
                // With their heads, which are not kept small for the test's sake.
                #expect(bytes("Stylesheet") <= 8_700 && bytes("Script") <= 10_700, "\(page.record.requests)")
            }
        }
    }
}
