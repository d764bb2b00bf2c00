import Core
import Store

/// A year's twelve tables, written directly: they have too many cells for a template.
enum CalendarMarkup {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]

    /// The months of a year in which something happened or is to come, and the present one.
    ///
    /// `link`: The address of a day's runs. `today`: The day that is marked.
    static func tables(
        _ year: CalendarYear,
        months wanted: ClosedRange<Int> = 1...12,
        today: CivilDate?,
        link: (CalendarYear.Day) -> String
    ) -> String {
        var html = HTMLText(capacity: 60_000)
        for month in wanted {
            let days = year.days.filter { $0.date.month == month }
            guard let first = days.first, days.contains(where: { look(of: $0) != nil || $0.date == today }) else {
                continue
            }
            html.markup("<table class=\"month\"><caption>\(months[month - 1])</caption><thead><tr>")
            for name in weekdays { html.markup("<th scope=\"col\">\(name)</th>") }
            html.markup("</tr></thead><tbody><tr>")
            // Weeks begin on Monday.
            var column = (first.date.weekday + 6) % 7
            if column > 0 { html.markup("<td colspan=\"\(column)\"></td>") }
            for day in days {
                if column == 7 {
                    html.markup("</tr><tr>")
                    column = 0
                }
                cell(day, isToday: day.date == today, link: link, into: &html)
                column += 1
            }
            html.markup("</tr></tbody></table>\n")
        }
        return html.string
    }

    private static func cell(
        _ day: CalendarYear.Day,
        isToday: Bool,
        link: (CalendarYear.Day) -> String,
        into html: inout HTMLText
    ) {
        let look = look(of: day)
        let mark = isToday ? " today" : ""
        let number = "<b>\(day.date.day)</b>"
        guard let look else {
            html.markup("<td><span class=\"d\(mark)\">\(number)</span></td>")
            return
        }
        let words = "\(day.date.day) \(months[day.date.month - 1]): \(day.words)"
        let isLinked = day.worst != nil
        html.markup("<td><")
        html.markup(isLinked ? "a href=\"" : "span")
        if isLinked {
            html.text(link(day))
            html.markup("\"")
        }
        html.markup(" class=\"d \(look.css)\(mark)\" title=\"")
        html.text(words)
        let long = look.count.count > 2 ? " class=\"long\"" : ""
        html.markup("\">\(number)<i\(long) aria-hidden=\"true\">\(look.glyph)\(look.count)</i>")
        html.markup("<span class=\"hidden\">: ")
        html.text(day.words)
        html.markup("</span></\(isLinked ? "a" : "span")></td>")
    }

    /// How a day looks; nil where there is nothing to it.
    private static func look(of day: CalendarYear.Day) -> (css: String, glyph: String, count: String)? {
        if let worst = day.worst {
            let badge = Badge(worst)
            let count = day.outcomes.runs[worst] ?? 0
            return (badge.css, badge.glyph, count > 1 ? short(count) : "")
        }
        if day.planned > 0 {
            return ("planned", "", day.planned > 1 ? short(day.planned) : "1")
        }
        return day.outcomes.skips.isEmpty ? nil : (Badge.skipped.css, Badge.skipped.glyph, "")
    }

    /// A count that fits a cell beside a glyph: `999`, `5k`; the cell's title says it exactly.
    private static func short(_ count: Int) -> String {
        switch count {
        case ..<1_000: "\(count)"
        case ..<100_000: "\(count / 1_000)k"
        default: "99k"
        }
    }
}
