/// Finds the instants of a cron expression among the segments of a zone.
struct CronSearch {
    let pattern: CronPattern
    let isFixed: Bool
    let zone: TimeZoneRules

    /// The least run at or after a second, in a year up to the given one.
    func first(from second: Int, throughYear last: Int) -> Int? {
        var segment = zone.segment(at: second)
        let year = LocalTime(seconds: second - 1 + zone.segment(at: second - 1).offset).date.year
        let limit = min(last, year + CronExpression.yearsSearched)
        var known = KnownMatch(from: 0, match: -1)
        func match(from local: Int) -> Int {
            if known.from <= local, local <= known.match { return known.match }
            known = KnownMatch(
                from: local,
                match: pattern.first(from: local, throughYear: limit) ?? TimeZoneRules.distantFuture
            )
            return known.match
        }
        var start = second
        while true {
            if isFixed, start == segment.start, runsAfterGap(before: segment, match: match) { return start }
            var local = start + segment.offset
            while true {
                let candidate = match(from: local)
                if candidate >= segment.end + segment.offset { break }
                guard isFixed, let earlier = earlierShowing(of: candidate, before: segment) else {
                    return candidate - segment.offset
                }
                local = earlier.end + earlier.offset
            }
            guard segment.end < TimeZoneRules.distantFuture else { return nil }
            start = segment.end
            guard LocalTime(seconds: start + segment.offset).date.year <= limit + 1 else { return nil }
            segment = zone.segment(at: start)
        }
    }

    /// The greatest run at or before a second, in a year down to the given one.
    func last(upTo second: Int, downToYear first: Int) -> Int? {
        var segment = zone.segment(at: second)
        let year = LocalTime(seconds: second + 1 + zone.segment(at: second + 1).offset).date.year
        let limit = max(first, year - CronExpression.yearsSearched)
        var known = KnownMatch(from: 0, match: 1)
        func match(upTo local: Int) -> Int {
            if known.match <= local, local <= known.from { return known.match }
            known = KnownMatch(
                from: local,
                match: pattern.last(upTo: local, downToYear: limit) ?? TimeZoneRules.distantPast
            )
            return known.match
        }
        var end = second
        while true {
            var local = end + segment.offset
            while true {
                let candidate = match(upTo: local)
                if candidate < segment.start + segment.offset || candidate == TimeZoneRules.distantPast { break }
                guard isFixed, let earlier = earlierShowing(of: candidate, before: segment) else {
                    return candidate - segment.offset
                }
                local = earlier.start + earlier.offset - 1
            }
            guard segment.start > TimeZoneRules.distantPast else { return nil }
            if isFixed, runsAfterGap(before: segment, match: firstMatch) { return segment.start }
            end = segment.start - 1
            segment = zone.segment(at: end)
            guard LocalTime(seconds: end + segment.offset).date.year >= limit - 1 else { return nil }
        }
    }

    /// A search already made: nothing matches between its start and its result.
    private struct KnownMatch {
        var from: Int
        var match: Int
    }

    /// Without a limit of years: the caller asks about the hours around one instant.
    private func firstMatch(from local: Int) -> Int {
        let year = LocalTime(seconds: local).date.year
        return pattern.first(from: local, throughYear: year + 1) ?? TimeZoneRules.distantFuture
    }

    /// Whether a matching local time is swallowed by the gap at the beginning of a segment.
    private func runsAfterGap(before segment: TimeZoneRules.Segment, match: (Int) -> Int) -> Bool {
        guard segment.start > TimeZoneRules.distantPast else { return false }
        let previous = zone.segment(at: segment.start - 1)
        guard previous.offset < segment.offset else { return false }
        var local = segment.start + previous.offset
        while true {
            let candidate = match(local)
            guard candidate < segment.start + segment.offset else { return false }
            // Two changes may follow each other so closely that what one skips is shown beyond the other.
            let elsewhere =
                earlierShowing(of: candidate, before: previous) ?? laterShowing(of: candidate, after: segment)
            guard let elsewhere else { return true }
            local = elsewhere.end + elsewhere.offset
        }
    }

    /// The segment before this one, and near it, in which clocks showed a local time.
    @inline(__always)
    private func earlierShowing(
        of local: Int,
        before segment: TimeZoneRules.Segment
    ) -> TimeZoneRules.Segment? {
        let reach = TimeZoneRules.reachOfChange
        guard local - segment.offset - segment.start < reach else { return nil }
        return earlierShowingNearby(of: local, before: segment)
    }

    private func earlierShowingNearby(
        of local: Int,
        before segment: TimeZoneRules.Segment
    ) -> TimeZoneRules.Segment? {
        var found: TimeZoneRules.Segment?
        var current = segment
        while current.start > TimeZoneRules.distantPast,
            local - segment.offset - current.start < TimeZoneRules.reachOfChange
        {
            current = zone.segment(at: current.start - 1)
            if local >= current.start + current.offset, local < current.end + current.offset { found = current }
        }
        return found
    }

    private func laterShowing(of local: Int, after segment: TimeZoneRules.Segment) -> TimeZoneRules.Segment? {
        var current = segment
        while current.end < TimeZoneRules.distantFuture,
            current.end + current.offset - local < TimeZoneRules.reachOfChange
        {
            current = zone.segment(at: current.end)
            if local >= current.start + current.offset, local < current.end + current.offset { return current }
        }
        return nil
    }
}
