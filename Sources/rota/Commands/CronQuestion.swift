import Core
import Host
import Zones

/// One question about a cron expression.
struct CronQuestion: Hashable, Sendable {
    /// What is asked.
    enum Kind: Hashable, Sendable {
        case next
        case previous
        case describe
        case check
    }

    var kind: Kind
    var expression: String
    var timezone: String
    /// An instant, or a local time in the zone; nil: now.
    var from: String?
    var count: Int

    /// The most runs that are told.
    static let mostRuns = 100_000
}

extension CronQuestion {
    /// Reads a case `{"expr","tz","start","count"}`; what it leaves out is as usual, and what else it has is passed over.
    init(parsing line: String, usual: CronQuestion) throws(CronQuestionError) {
        self = usual
        guard line.contains(where: { !$0.isWhitespace }) else { throw .badCase("the line is empty") }
        guard let document = JSONValue(parsing: line), case .object = document else {
            throw .badCase("the line is not a JSON object")
        }
        guard let expression = document.text("expr") else { throw .badCase("the line has no \"expr\"") }
        self.expression = expression
        timezone = try Self.text("tz", of: document) ?? timezone
        from = try Self.text("start", of: document) ?? from
        guard let wanted = document["count"], wanted != .null else { return }
        guard let number = document.integer("count"), (1...Self.mostRuns).contains(number) else {
            throw .badCase("\"count\" is \(wanted.description.shortened), but must be from 1 to \(Self.mostRuns)")
        }
        count = number
    }

    private static func text(_ name: String, of document: JSONValue) throws(CronQuestionError) -> String? {
        guard let value = document[name], value != .null else { return nil }
        guard case .string(let text) = value else {
            throw .badCase("\"\(name)\" is \(value.description.shortened), but must be a text")
        }
        return text
    }

    /// Answers it.
    func answer(_ zones: ZoneDatabase) throws(CronQuestionError) -> CronAnswer {
        let cron: CronExpression
        do {
            cron = try CronExpression(expression)
        } catch {
            throw .expression(error)
        }
        let zone: TimeZoneRules
        do {
            zone = try zones.rules(for: timezone)
        } catch {
            throw .zone(error)
        }
        let instant = try start(in: zone)
        let content: CronAnswer.Content =
            switch kind {
            case .next: .next(cron.next(count, after: instant, in: zone))
            case .previous: .previous(cron.previous(count, before: instant, in: zone))
            case .describe: .description(cron.describe())
            case .check: .validity
            }
        try checkYears(of: content, in: zone)
        let isAdvised = kind == .describe || kind == .check
        let warnings = isAdvised ? cron.warnings + cron.warnings(in: zone, from: instant) : []
        var answer = CronAnswer(question: self, zone: zone, content: content, warnings: warnings)
        answer.neverRuns = isAdvised && cron.next(after: instant, in: zone) == nil
        return answer
    }

    private func checkYears(of content: CronAnswer.Content, in zone: TimeZoneRules) throws(CronQuestionError) {
        let runs: [Timestamp] =
            switch content {
            case .next(let runs), .previous(let runs): runs
            case .description, .validity: []
            }
        // The last of them is the one that is farthest from the start.
        guard let year = runs.last.map({ zone.local($0).date.year }), !(0...9_999).contains(year) else { return }
        throw .beyondYears(year)
    }

    private func start(in zone: TimeZoneRules) throws(CronQuestionError) -> Timestamp {
        guard let from else { return WallClock.now() }
        if let instant = Timestamp(rfc3339: from) { return instant }
        if let local = LocalTime(from) { return zone.instant(of: local) }
        if let date = CivilDate(from) { return zone.instant(of: LocalTime(date)) }
        throw .badStart(from)
    }
}

/// Why a question about a cron expression has no answer.
enum CronQuestionError: CommandFailure, Hashable {
    case expression(CronError)
    case zone(ZoneError)
    case badStart(String)
    case badCase(String)
    /// A run in a year that RFC 3339 cannot write.
    case beyondYears(Int)

    var status: ExitStatus { .misuse }

    var description: String {
        switch self {
        case .expression(let error): error.description
        case .zone(let error): error.description
        case .badStart(let text):
            "'\(text.shortened)' is not a time; write it as 2026-03-29T02:30:00+01:00, or as 2026-03-29T02:30 for the "
                + "zone's clocks"
        case .badCase(let sentence): sentence
        case .beyondYears(let year):
            "a run would be in the year \(year), which cannot be written: years go from 0000 to 9999"
        }
    }

    /// `{"error":{"kind","field","message"}}`.
    var json: JSONValue {
        let kind: String
        var field: String?
        switch self {
        case .expression(let error):
            kind = error.kind.rawValue
            field = error.field?.name
        case .zone: kind = "unknown-timezone"
        case .badStart: kind = "bad-start"
        case .badCase: kind = "bad-case"
        case .beyondYears: kind = "beyond-years"
        }
        return ErrorDocument(kind: kind, field: field, message: description).json
    }
}
