import Core

/// How long something took, time after time, as one picture with the band in which it usually lies.
struct TrendMarkup: Sendable {
    /// One time that it ran.
    struct Point: Hashable, Sendable {
        var duration: Duration
        var badge: Badge
    }

    /// Newest first, as everywhere.
    let points: [Point]
    /// Half of the successes were shorter; nil where there is none.
    let median: Duration?
    /// All but one in twenty of the successes were shorter.
    let long: Duration?

    private static let height = 64
    /// Fewer bars are not drawn any wider.
    private static let fewest = 24

    /// Works out the band from the points that succeeded.
    init(_ points: [Point]) {
        self.points = points
        let good = points.filter { $0.badge == .success }.map(\.duration).sorted()
        median = Self.percentile(0.5, of: good)
        long = Self.percentile(0.95, of: good)
    }

    /// Where a part of sorted spans ends, between two of them as PostgreSQL's `percentile_cont` has it: the database tells
    /// the same of the same runs.
    private static func percentile(_ part: Double, of sorted: [Duration]) -> Duration? {
        guard let last = sorted.last else { return nil }
        let place = part * Double(sorted.count - 1)
        let low = sorted[Int(place)]
        let high = Int(place) + 1 < sorted.count ? sorted[Int(place) + 1] : last
        return low + (high - low) * (place - place.rounded(.down))
    }

    /// The band in words: `usually 3 m (p50), up to 5 m (p95)`.
    var words: String {
        guard let median, let long else { return "none of them succeeded" }
        return "usually \(DurationText.format(median)) (p50), up to \(DurationText.format(long)) (p95)"
    }

    /// The longest of all.
    var longest: Duration { points.map(\.duration).max() ?? .zero }

    /// How high the picture reaches: what took far longer than the band is cut off at three times its upper end, so that
    /// the usual can be seen.
    private var top: Duration {
        let most = long.map { min(longest, max($0 * 3, .milliseconds(1))) } ?? longest
        return max(most, .milliseconds(1))
    }

    /// That bars are cut off; empty where none is.
    var cutWords: String {
        let cut = points.count { $0.duration > top }
        return cut == 0
            ? "" : "; \(Quantity.count(cut, "bar")) with a notch took longer than \(DurationText.format(top))"
    }

    /// Draws a bar for each point, newest at the left, over the band, with what its height means; empty where there are
    /// fewer than two.
    func svg(label: String) -> String {
        guard points.count > 1 else { return "" }
        let top = top
        let height = Double(Self.height)
        func level(_ duration: Duration) -> Int { Int((min(1, duration / top) * height).rounded()) }
        var paths: [String: String] = [:]
        for (index, point) in points.enumerated() {
            paths[point.badge.css, default: ""] +=
                "M\(index * 10 + 1) \(Self.height)v-\(max(2, level(point.duration)))h8V\(Self.height)z"
        }
        var html = HTMLText(capacity: points.count * 30)
        let width = max(points.count, Self.fewest) * 10
        html.markup("<div class=\"plot\"><p class=\"y\" aria-hidden=\"true\"><span>")
        html.text(DurationText.format(top))
        html.markup(
            "</span><span>0</span></p><svg class=\"trend\" viewBox=\"0 0 \(width) \(Self.height)\" preserveAspectRatio=\"none\" "
        )
        html.markup("role=\"img\" aria-label=\"")
        html.text("\(label): \(words); longest \(DurationText.format(longest))")
        html.markup("\">")
        if let median, let long {
            let (low, high) = (level(median), level(long))
            html.markup(
                "<rect class=\"band\" x=\"0\" y=\"\(Self.height - high)\" width=\"\(width)\" height=\"\(max(1, high - low))\"/>"
            )
        }
        for (css, path) in paths.sorted(by: { $0.key < $1.key }) {
            html.markup("<path class=\"\(css)\" d=\"\(path)\"/>")
        }
        let notches = points.indices.filter { points[$0].duration > top }.map { "M\($0 * 10) 12l10 -6" }.joined()
        if !notches.isEmpty { html.markup("<path class=\"notch\" d=\"\(notches)\"/>") }
        if let median {
            let y = Self.height - level(median)
            html.markup("<path class=\"median\" d=\"M0 \(y)H\(width)\"/>")
        }
        html.markup("</svg><p class=\"x\" aria-hidden=\"true\"><span>newest</span><span>older →</span></p></div>")
        return html.string
    }
}
