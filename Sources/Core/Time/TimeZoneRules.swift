/// The rules of one time zone: which offset from UTC its clocks have at which instant.
///
/// A value made of the bytes of a TZif file, so that every question about time is a pure function of the rules. A change
/// of offset at any minute and of any size is a gap or an overlap alike, whether it is daylight saving time or not.
package struct TimeZoneRules: Sendable {
    /// A stretch of time with one offset; neighbours may have equal ones.
    package struct Segment: Hashable, Sendable {
        /// The first second, in seconds since 1970; `TimeZoneRules.distantPast` where there is none.
        package var start: Int
        /// The second after the last, in seconds since 1970; `TimeZoneRules.distantFuture` where there is none.
        package var end: Int
        /// Seconds east of UTC.
        package var offset: Int
    }

    /// A change of the offset.
    package struct Transition: Hashable, Sendable {
        /// The first instant with the new offset.
        package var instant: Timestamp
        /// Seconds east of UTC before it.
        package var offsetBefore: Int
        /// Seconds east of UTC from it on.
        package var offsetAfter: Int

        /// Whether local times are skipped.
        package var isGap: Bool { offsetAfter > offsetBefore }
        /// The first local time that is skipped, or that comes twice.
        package var localStart: LocalTime { LocalTime(instant, offset: min(offsetBefore, offsetAfter)) }
        /// The first local time after those that are skipped, or that come twice.
        package var localEnd: LocalTime { LocalTime(instant, offset: max(offsetBefore, offsetAfter)) }
    }

    /// The instants at which a zone's clocks show one local time.
    package enum Occurrence: Hashable, Sendable {
        /// It is shown once.
        case once(Timestamp)
        /// Clocks go back over it: it is shown twice or more often; these are the first and the last time.
        case twice(Timestamp, Timestamp)
        /// Clocks jump over it; the first instant after the gap.
        case skipped(Timestamp)

        /// The instant a schedule means: the only one, the earlier one, or the first after the gap.
        package var instant: Timestamp {
            switch self {
            case .once(let instant), .twice(let instant, _), .skipped(let instant): instant
            }
        }
    }

    /// Before every instant; far enough from the end of the integers for offsets to be added.
    package static let distantPast = Int.min / 4
    /// After every instant.
    package static let distantFuture = Int.max / 4

    /// UTC itself.
    package static let utc = TimeZoneRules(name: "UTC", starts: [distantPast], offsets: [0], rule: nil)

    /// No two offsets are so far apart, in seconds: what is further than this from a change is not touched by it.
    static let reachOfChange = 4 * 86_400

    /// The IANA name.
    package let name: String
    /// The first second of each segment, ascending, from `distantPast` on.
    private let starts: [Int]
    private let offsets: [Int]
    /// What holds after the last start.
    private let rule: POSIXZoneRule?

    init(name: String, starts: [Int], offsets: [Int], rule: POSIXZoneRule?) {
        self.name = name
        self.starts = starts
        self.offsets = offsets
        self.rule = rule
    }

    /// The segment that holds an instant, given in seconds since 1970.
    package func segment(at second: Int) -> Segment {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle } else { high = middle }
        }
        if high < starts.count {
            return Segment(start: starts[low], end: starts[high], offset: offsets[low])
        }
        guard let rule else {
            return Segment(start: starts[low], end: TimeZoneRules.distantFuture, offset: offsets[low])
        }
        var segment = rule.segment(at: second)
        segment.start = max(segment.start, starts[low])
        return segment
    }

    /// Seconds east of UTC at an instant.
    package func offset(at instant: Timestamp) -> Int {
        segment(at: instant.wholeSeconds).offset
    }

    /// What the zone's clocks show at an instant.
    package func local(_ instant: Timestamp) -> LocalTime {
        LocalTime(instant, offset: offset(at: instant))
    }

    /// The changes of offset at or after `from` and before `to`, ascending.
    package func transitions(from: Timestamp, to: Timestamp) -> [Transition] {
        var found: [Transition] = []
        let last = to.wholeSeconds
        var current = segment(at: from.wholeSeconds - 1)
        while current.end < TimeZoneRules.distantFuture, current.end <= last {
            let following = segment(at: current.end)
            let instant = Timestamp(seconds: current.end)
            if following.offset != current.offset, instant >= from, instant < to {
                found.append(
                    Transition(instant: instant, offsetBefore: current.offset, offsetAfter: following.offset)
                )
            }
            current = following
        }
        return found
    }

    /// The instants at which the zone's clocks show a local time.
    package func occurrence(of local: LocalTime) -> Occurrence {
        var shown: [Int] = []
        var afterGap: Int?
        var current = segment(at: local.seconds - TimeZoneRules.reachOfChange)
        while true {
            let second = local.seconds - current.offset
            if second >= current.start, second < current.end { shown.append(second) }
            guard current.end <= local.seconds + TimeZoneRules.reachOfChange else { break }
            let following = segment(at: current.end)
            if local.seconds >= current.end + current.offset, local.seconds < current.end + following.offset {
                afterGap = afterGap ?? current.end
            }
            current = following
        }
        guard let first = shown.first, let last = shown.last else {
            // A local time that no clock shows is in a gap: offsets only change at the ends of segments.
            return .skipped(Timestamp(seconds: afterGap ?? local.seconds - current.offset))
        }
        return first == last
            ? .once(Timestamp(seconds: first))
            : .twice(Timestamp(seconds: first), Timestamp(seconds: last))
    }

    /// The instant a schedule means by a local time: the earlier of two, and the first after a gap.
    package func instant(of local: LocalTime) -> Timestamp {
        occurrence(of: local).instant
    }
}

extension TimeZoneRules: Hashable {
    package static func == (left: TimeZoneRules, right: TimeZoneRules) -> Bool {
        left.name == right.name && left.starts == right.starts && left.offsets == right.offsets
            && left.rule == right.rule
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(starts.count)
    }
}

extension Timestamp {
    /// The instant without its fraction as the zone's clocks show it, with the offset: `2026-08-21T06:30:00+02:00`.
    package func rfc3339(in zone: TimeZoneRules) -> String {
        rfc3339(offset: zone.offset(at: self))
    }
}
