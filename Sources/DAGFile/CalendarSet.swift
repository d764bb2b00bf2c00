package import Core
package import YAML

/// The calendars that DAG files may name, each with the text of its file.
package struct CalendarSet: Sendable {
    /// No calendars.
    package static let empty = CalendarSet([:])

    private let sources: [String: [UInt8]]
    private let files: [String: CalendarFile]
    /// The days of those that can be used.
    private let calendars: [String: WorkCalendar]

    /// Reads calendars from the bytes of their files, by name.
    package init(_ sources: [String: [UInt8]]) {
        self.sources = sources
        let files = Dictionary(
            uniqueKeysWithValues: sources.map {
                ($0.key, CalendarFile(parsing: $0.value, path: CalendarFile.path(of: $0.key)))
            }
        )
        self.files = files
        var joined = JoinedCalendars(files: files)
        for name in files.keys { joined.join(name) }
        calendars = joined.calendars
    }

    /// The calendars' names, in order.
    package var names: [String] { sources.keys.sorted() }

    /// What is wrong with the calendars, by place: each file's own problems, and includes that lead nowhere or in circles.
    package var problems: [Problem] {
        var problems: [Problem] = []
        for (name, file) in files {
            problems += file.problems
            guard !file.hasErrors else { continue }
            for include in file.includes {
                if let reason = complaint(about: include.name, in: name) {
                    problems.append(Problem(path: CalendarFile.path(of: name), at: include.node.mark, reason))
                }
            }
        }
        return problems.sorted()
    }

    /// The days of a calendar, with those that it includes.
    /// - Throws: Why there is none of that name that can be used.
    package func calendar(named name: String) throws(CalendarError) -> WorkCalendar {
        guard let calendar = calendars[name] else { throw reason(why: name) }
        return calendar
    }

    /// The texts of a calendar and of all that it includes, by name: what a version of a DAG keeps.
    package func sources(of name: String) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        var pending = [name]
        while let next = pending.popLast() {
            guard found[next] == nil, let source = sources[next] else { continue }
            found[next] = source
            pending += files[next]?.includes.map(\.name) ?? []
        }
        return found
    }

    /// Why a calendar cannot be used: the first fault on the way through its includes.
    private func reason(why name: String, on path: [String] = []) -> CalendarError {
        var (name, path) = (name, path)
        while let file = files[name] {
            if path.contains(name) { return .circular(path + [name]) }
            if file.hasErrors { return .broken(name) }
            path.append(name)
            // What can be used is not at fault, so the way never branches.
            guard let culprit = file.includes.first(where: { calendars[$0.name] == nil }) else { break }
            name = culprit.name
        }
        return .unknown(name, suggestion: Spelling.nearest(to: name, among: names))
    }

    private func complaint(about include: String, in name: String) -> String? {
        calendars[include] == nil ? reason(why: include, on: [name]).description : nil
    }
}

/// Joins each calendar with those it includes, once.
private struct JoinedCalendars {
    let files: [String: CalendarFile]
    private(set) var calendars: [String: WorkCalendar] = [:]
    private var visited: Set<String> = []

    init(files: [String: CalendarFile]) {
        self.files = files
    }

    /// One that includes itself, or a calendar that cannot be used, is left out.
    mutating func join(_ name: String) {
        guard let file = files[name], !file.hasErrors, visited.insert(name).inserted else { return }
        var included: [WorkCalendar] = []
        for include in file.includes {
            join(include.name)
            guard let calendar = calendars[include.name] else { return }
            included.append(calendar)
        }
        calendars[name] = WorkCalendar(allowed: file.allowed, blocked: file.blocked, including: included)
    }
}

/// Why a calendar cannot be used.
package enum CalendarError: Error, Hashable, Sendable {
    case unknown(String, suggestion: String?)
    case broken(String)
    /// Calendars that include each other, the first one again at the end.
    case circular([String])
}

extension CalendarError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknown(let name, let suggestion):
            let hint = suggestion.map { ". Did you mean '\($0)'?" } ?? ""
            return
                "there is no calendar '\(name.shortened)': the DAG folder has no \(CalendarFile.path(of: name.shortened))\(hint)"
        case .broken(let name): return "the calendar '\(name)' has errors: see \(CalendarFile.path(of: name))"
        case .circular(let names):
            return "calendars include each other in a circle: \(names.joined(separator: " > "))"
        }
    }
}
