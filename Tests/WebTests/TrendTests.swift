import Core
import Testing

@testable import Web

struct TrendTests {
    private static func points(_ seconds: [Int]) -> [TrendMarkup.Point] {
        seconds.map { TrendMarkup.Point(duration: .seconds($0), badge: .success) }
    }

    @Test func `the newest bar is at the left, and the height has a scale`() {
        let svg = TrendMarkup(Self.points([20, 10])).svg(label: "Durations")
        #expect(svg.contains("M1 64v-64h8V64zM11 64v-32h8V64z"), "\(svg)")
        #expect(svg.contains("<span>20 s</span><span>0</span>"))
        #expect(svg.contains("<span>newest</span><span>older →</span>"))
        #expect(!svg.contains("notch"))
    }

    @Test func `a bar that is cut off has a notch, and the words say what it means`() {
        let trend = TrendMarkup(
            Self.points(Array(repeating: 10, count: 30)) + [TrendMarkup.Point(duration: .seconds(900), badge: .failed)]
        )
        #expect(trend.cutWords == "; 1 bar with a notch took longer than 30 s")
        #expect(trend.svg(label: "Durations").contains("class=\"notch\" d=\"M300 12l10 -6\""))
    }

    @Test func `a script has numbers before its lines, and nothing of it is markup`() {
        let lines = ScriptMarkup.lines("set -e\n\necho '<b>'\n")
        #expect(lines == "<span>set -e</span><span></span><span>echo &#39;&lt;b&gt;&#39;</span>")
    }
}
