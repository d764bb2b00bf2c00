import Core
import Store

/// Runs by the hour, or by longer stretches, as one picture whose bars are links.
struct RunChartMarkup: Sendable {
    /// When the first stretch begins, and how long each is.
    let start: Timestamp
    let length: Duration
    let buckets: [RunBucket]

    /// As many stretches as a chart has.
    static let count = 48
    private static let height = 56

    /// The stretches that cover a span: hours, or as many whole hours each as are needed.
    static func stretches(from: Timestamp, to: Timestamp) -> (start: Timestamp, length: Duration) {
        let hour = 3_600
        let seconds = max(1, Int((to - from).components.seconds))
        // The last stretch may go beyond the end, so the others must reach.
        let span = (count - 1) * hour
        let hours = max(1, (seconds + span - 1) / span)
        let length = hours * hour
        // The last stretch is the one that is under way at the end.
        let last = Int((to - .microseconds(1)).microseconds) / 1_000_000 / length * length
        return (Timestamp(seconds: last - (count - 1) * length), .seconds(length))
    }

    /// What a stretch is called: `hour`, `6 h`.
    var stretchWord: String {
        length == .seconds(3_600) ? "hour" : DurationText.format(length)
    }

    /// Draws a bar as high as half of the runs took at the most, with a line up to the longest, and failures in red.
    ///
    /// The newest stretch is at the left, as the newest of all is everywhere. Heights grow with the root of the time, so
    /// that short runs are seen beside long ones.
    func svg(now: Timestamp, link: (_ from: Timestamp, _ to: Timestamp) -> String) -> String {
        guard !buckets.isEmpty else { return "" }
        let longest = buckets.compactMap(\.longest).max() ?? .zero
        let median = buckets.compactMap(\.median).max() ?? .zero
        // What took far longer is cut off, so that the usual can be seen.
        let top = max(min(longest, median * 3), .milliseconds(1))
        func level(_ duration: Duration?) -> Int {
            duration.map { Int((min(1, $0 / top).squareRoot() * Double(Self.height - 10)).rounded()) } ?? 0
        }
        var html = HTMLText(capacity: buckets.count * 300)
        html.markup("<div class=\"plot\"><p class=\"y\" aria-hidden=\"true\"><span>")
        html.text(DurationText.format(top))
        html.markup("</span><span>")
        // At half the height, since heights grow with the root.
        html.text(DurationText.format(top / 4))
        html.markup(
            "</span><span>0</span></p><svg class=\"trend chart\" viewBox=\"0 0 \(Self.count * 20) \(Self.height)\" "
        )
        html.markup("preserveAspectRatio=\"none\" role=\"group\" aria-label=\"Runs by the \(stretchWord)\">")
        for bucket in buckets.reversed() where (0..<Self.count).contains(bucket.number) {
            let from = start + length * bucket.number
            let x = (Self.count - 1 - bucket.number) * 20
            html.markup("<a href=\"")
            html.text(link(from, from + length))
            html.markup("\"><title>")
            html.text(words(bucket, from: from, now: now))
            html.markup(
                "</title><path class=\"success\" d=\"M\(x + 2) \(Self.height)v-\(max(2, level(bucket.median)))h16V"
            )
            html.markup(
                "\(Self.height)zM\(x + 9) \(Self.height)v-\(max(2, level(bucket.longest)))h2V\(Self.height)z\"/>"
            )
            if bucket.failures > 0 {
                let share = Double(bucket.failures) / Double(bucket.runs)
                let deep = max(3, Int(share * Double(max(4, level(bucket.median)))))
                html.markup("<path class=\"failed\" d=\"M\(x + 2) \(Self.height)v-\(deep)h16V\(Self.height)z\"/>")
            }
            html.markup("</a>")
        }
        html.markup("</svg><p class=\"x\" aria-hidden=\"true\"><span>newest</span><span>")
        html.text(Moment(start, now: now).text)
        html.markup("</span></p></div>")
        return html.string
    }

    private func words(_ bucket: RunBucket, from: Timestamp, now: Timestamp) -> String {
        var parts = [Quantity.count(bucket.runs, "run")]
        if bucket.failures > 0 { parts.append("\(Quantity.grouped(bucket.failures)) failed") }
        if let median = bucket.median { parts.append("half took up to \(DurationText.format(median))") }
        if let longest = bucket.longest, bucket.runs > 1 { parts.append("longest \(DurationText.format(longest))") }
        return "\(Moment(from, now: now).text): \(parts.joined(separator: ", "))"
    }
}
