/// Why the bytes of a zone file are not usable rules.
package enum TimeZoneError: Error, Hashable, Sendable {
    /// The bytes do not begin with `TZif`.
    case notTZif(zone: String)
    /// The data ends before what its header announces.
    case truncated(zone: String)
    /// A count, an index or an order in the data contradicts RFC 8536.
    case malformed(zone: String, what: String)
    /// The POSIX rule for the years after the table cannot be read.
    case badFooter(zone: String, footer: String)
    /// The file counts leap seconds, which neither PostgreSQL nor POSIX does.
    case countsLeapSeconds(zone: String)
}

extension TimeZoneError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notTZif(let zone):
            "the file of time zone '\(zone)' is not zone data (it does not begin with TZif). Reinstall tzdata."
        case .truncated(let zone):
            "the file of time zone '\(zone)' is cut off. Reinstall tzdata."
        case .malformed(let zone, let what):
            "the file of time zone '\(zone)' is damaged: \(what). Reinstall tzdata."
        case .badFooter(let zone, let footer):
            "the file of time zone '\(zone)' ends with the rule '\(footer)', which cannot be read. Reinstall tzdata."
        case .countsLeapSeconds(let zone):
            "time zone '\(zone)' counts leap seconds. Use the zone of the same name without 'right/'."
        }
    }
}
