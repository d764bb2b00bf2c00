/// What an attempt's page is asked to show of the log.
struct LogRequest: Sendable {
    /// How times are shown.
    enum Times: String, CaseIterable {
        case clock
        case start
        case none
    }

    /// The line to be shown and marked.
    var line: Int?
    /// The first line to be shown.
    var first: Int?
    var lines = LogReader.windowLines
    var times = Times.clock
    var isWrapped = true
    /// Errors alone, without what is between them.
    var isErrorsOnly = false
    /// What was typed, be it possible or not.
    var text: String?
    var question: LogQuestion?
    /// Why the question cannot be asked.
    var complaint: String?
    var mostHits = Self.fewHits
    /// Where the search begins.
    var searched = 0
    var isPattern = false
    var isExact = false
    var context = 0

    /// How many hits a page lists unless asked for all.
    static let fewHits = 50

    /// Reads a page's query; what cannot be is as if it were not there.
    init(_ fields: FormFields) {
        line = fields["at"].flatMap(Int.init).map { max(1, $0) }
        first = fields["from"].flatMap(Int.init).map { max(1, $0) }
        lines = min(max(1, fields["n"].flatMap(Int.init) ?? lines), LogReader.mostLines)
        times = fields["time"].flatMap(Times.init) ?? times
        isWrapped = fields["wrap"] != "0"
        isErrorsOnly = fields["level"] == "error"
        isPattern = fields["re"] == "1"
        isExact = fields["case"] == "1"
        context = min(max(0, fields["ctx"].flatMap(Int.init) ?? 0), LogQuestion.mostContext)
        searched = max(0, fields["searched"].flatMap(Int.init) ?? 0)
        if fields["hits"] == "all" { mostHits = LogSearch.mostMatches }
        guard let text = fields["q"], !text.isEmpty else { return }
        self.text = text
        do throws(RequestError) {
            let question = try LogQuestion(text, isPattern: isPattern, ignoresCase: !isExact, context: context)
            _ = try question.matcher()
            self.question = question
        } catch {
            complaint = error.description
        }
    }

    /// The query that keeps the search, without its mark; empty where there is none.
    var search: [String] {
        guard let text else { return [] }
        var parts = ["q=\(Address.segment(text))"]
        if isPattern { parts.append("re=1") }
        if isExact { parts.append("case=1") }
        if context > 0 { parts.append("ctx=\(context)") }
        return parts
    }

    /// What stays in every address of the log.
    var kept: [String] {
        var parts = search
        if searched > 0 { parts.append("searched=\(searched)") }
        if mostHits != Self.fewHits { parts.append("hits=all") }
        if times != .clock { parts.append("time=\(times.rawValue)") }
        if !isWrapped { parts.append("wrap=0") }
        return parts
    }

    /// An address with more in its query.
    func path(_ base: String, _ more: [String], keeping: [String]? = nil) -> String {
        let parts = (keeping ?? kept) + more
        return parts.isEmpty ? base : "\(base)?\(parts.joined(separator: "&"))"
    }

    /// The address of a line.
    func path(_ base: String, line: Int) -> String { path(base, ["at=\(line)"]) + "#L\(line)" }
}
