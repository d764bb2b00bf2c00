import Core
import Testing

@testable import Web

struct LogHitTests {
    private static func near(_ numbers: ClosedRange<Int>) -> [LogDifference.Source] {
        numbers.map { LogDifference.Source(number: $0, bytes: Array("line \($0)".utf8)) }
    }

    @Test func `lines around hits are printed once, and gaps are marked, as grep does`() {
        let hits = [(4, 3...3, 5...5), (5, 4...4, 6...6), (7, 6...6, 8...8), (20, 19...19, 21...21)].map { hit in
            LogHit(number: hit.0, text: Array("hit".utf8), before: Self.near(hit.1), after: Self.near(hit.2))
        }
        #expect(
            LogHits(hits: hits, count: 4).text == """
                3-line 3
                4:hit
                5:hit
                6-line 6
                7:hit
                8-line 8
                --
                19-line 19
                20:hit
                21-line 21

                """
        )
    }

    @Test(arguments: ["the server", "a/b", "100%", "ä+ö", "%2"])
    func `a name comes back from its address as it was`(name: String) {
        #expect(Address.text(Address.segment(name)) == name)
    }

    @Test func `what is no escape stands for itself`() {
        #expect(Address.text("100%") == "100%")
        #expect(Address.text("%zz%4") == "%zz%4")
    }
}
