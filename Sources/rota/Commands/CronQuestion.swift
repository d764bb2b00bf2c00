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
        guard let document = JSONValue(parsing: line), case .object = document else {
            throw .badCase("the line is not a JSON object")
        }
        guard let expression = document.text("expr") else { throw .badCase("the line has no \"expr\"") }
        self.expression = expression
        timezone = document.text("tz") ?? timezone
        from = document.text("start") ?? from
        guard let wanted = document["count"], wanted != .null else { return }
        guard let number = document.integer("count"), (1...Self.mostRuns).contains(number) else {
            throw .badCase("\"count\" is \(wanted.description.shortened), but must be from 1 to \(Self.mostRuns)")
        }
        count = number
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
        let isAdvised = kind == .describe || kind == .check
        let warnings = isAdvised ? cron.warnings + cron.warnings(in: zone, from: instant) : []
        return CronAnswer(question: self, zone: zone, content: content, warnings: warnings)
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

    var status: ExitStatus { .misuse }

    var description: String {
        switch self {
        case .expression(let error): error.description
        case .zone(let error): error.description
        case .badStart(let text):
            "'\(text.shortened)' is not a time; write it as 2026-03-29T02:30:00+01:00, or as 2026-03-29T02:30 for the "
                + "zone's clocks"
        case .badCase(let sentence): sentence
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
        }
        let error = JSONValue.object([
            "kind": .string(kind),
            "field": field.map { .string($0) } ?? .null,
            "message": .string(description),
        ])
        return .object(["error": error])
    }
}
