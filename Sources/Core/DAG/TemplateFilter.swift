/// A step between a name and the text that is written for it.
enum TemplateFilter: Hashable, Sendable {
    /// The date on the DAG's clock.
    case date
    /// A time written by `strftime` codes.
    case format(TimeFormat)
    /// Another time, by the calendar for days and longer, exactly for hours and shorter.
    case shift(DateShift)
    /// Another clock.
    case zone(TimeZoneRules)
    /// What stands in for a missing value.
    case fallback(String, type: ValueType)
    /// A JSON document.
    case json

    static let names = ["date", "format", "shift", "in", "default", "json"]

    /// Applies the filter; a value whose type does not fit was refused when the file was loaded.
    func apply(to input: FilteredValue?, zone dagZone: TimeZoneRules) -> FilteredValue? {
        guard let input else {
            guard case .fallback(let text, let type) = self else { return nil }
            return FilteredValue(Value(text, type: type, zone: dagZone) ?? .string(text))
        }
        let zone = input.zone ?? dagZone
        switch (self, input.value) {
        case (.date, .instant(let instant, _)):
            let date = zone.local(instant).date
            return FilteredValue(.date(date, text: date.description))
        case (.format(let format), .instant(let instant, _)):
            return FilteredValue(.string(format.render(instant, in: zone)))
        case (.format(let format), .date(let date, _)):
            return FilteredValue(.string(format.render(date)))
        case (.shift(let shift), .instant(let instant, _)):
            let moved = shift.apply(to: instant, in: zone)
            return FilteredValue(.instant(moved, text: moved.rfc3339Seconds), zone: input.zone)
        case (.shift(let shift), .date(let date, _)):
            let moved = shift.apply(to: date)
            return FilteredValue(.date(moved, text: moved.description))
        case (.zone(let rules), .instant):
            return FilteredValue(input.value, zone: rules)
        case (.json, let value):
            return FilteredValue(.json(.null, text: FilteredValue(value, zone: input.zone).jsonText))
        default:
            return input
        }
    }

    /// The type that comes out, given the type that goes in.
    /// - Throws: A problem at offset 0 where the filter cannot be used on it.
    func output(for type: ValueType, name: String) throws(TemplateProblem) -> ValueType {
        switch self {
        case .date, .zone:
            if type == .datetime { return isZone ? .datetime : .date }
            if type == .date, !isZone { return .date }
        case .format:
            if type == .datetime || type == .date { return .string }
        case .shift(let shift):
            if type == .date, shift.seconds != 0 {
                throw TemplateProblem("a date can be shifted by days, weeks, months and years only")
            }
            if type == .datetime || type == .date { return type }
        case .fallback(_, let type): return type
        case .json: return .json
        }
        let hint: String? = type == .string ? "declare it as date or datetime" : nil
        throw TemplateProblem("the filter '\(name)' works on dates and times, not on \(type.rawValue)", hint: hint)
    }

    private var isZone: Bool {
        if case .zone = self { true } else { false }
    }
}

extension FilteredValue {
    fileprivate var jsonText: String {
        guard zone != nil, case .instant = value else { return value.jsonText }
        return JSONValue.string(text).description
    }
}
