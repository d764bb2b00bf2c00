package import Core

/// Why a time zone cannot be had.
package enum ZoneError: Error, Hashable, Sendable {
    /// No zone of the database has that name; perhaps another one was meant.
    case unknown(name: String, suggestion: String?)
    /// The name is not one a zone can have.
    case badName(String)
    /// There is no zone database on this host.
    case noDatabase(directory: String)
    /// The zone's file cannot be read; the reason is the system's.
    case unreadable(name: String, path: String, reason: String)
    /// The zone's file is not usable.
    case damaged(TimeZoneError)
}

extension ZoneError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknown(let name, let suggestion?):
            "unknown time zone '\(name)'; did you mean '\(suggestion)'?"
        case .unknown(let name, nil):
            "unknown time zone '\(name)'; use an IANA name such as 'Europe/Berlin' or 'UTC'"
        case .badName(let name):
            "'\(name.prefix(64))' is not a time zone; use an IANA name such as 'Europe/Berlin' or 'UTC'"
        case .noDatabase(let directory):
            "there is no time zone database in \(directory). Install the package 'tzdata', or set TZDIR to its folder."
        case .unreadable(let name, let path, let reason):
            "the file of time zone '\(name)' cannot be read: \(path): \(reason)"
        case .damaged(let error):
            error.description
        }
    }
}
