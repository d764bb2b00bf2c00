/// The ticks of a timetable whose calendar moves those on blocked days to allowed ones.
///
/// A moved tick keeps its wall-clock time. Days keep their order when they are moved, times within them do not: a Saturday
/// evening and a Sunday morning change places on Monday. So the search goes by days: of all the days that end up on one
/// day, each is asked for its own first tick beyond the bound.
struct ShiftedTicks {
    let timetable: Timetable
    let shift: Timetable.Shift

    private var zone: TimeZoneRules { timetable.zone }

    /// The least tick after an instant; nil when none is before a limit, or within 50 years.
    func next(after instant: Timestamp, before limit: Timestamp? = nil) -> Timestamp? {
        let bound = zone.local(instant)
        let target = bound.daysSinceEpoch
        var cursor = self.instant(day: firstSource(of: target)) - .microseconds(1)
        let last = self.lastDay(from: target, limit: limit)
        let horizon = Timestamp(LocalTime(seconds: (last + 2) * 86_400), offset: 0)
        var best: Timestamp?
        for _ in 0..<timetable.stepsSearched {
            guard let tick = timetable.nextUnshifted(after: cursor, before: horizon) else { return best }
            let day = zone.local(tick).daysSinceEpoch
            if day > last { return best }
            // The tick itself is beyond its day where clocks went back over midnight, and a day comes twice.
            cursor = max(tick, self.instant(day: day + 1) - .microseconds(1))
            guard let goal = shift.calendar.nearestAllowed(to: day, shift.direction) else {
                guard let open = reopening(from: day, step: 1, through: last) else { return best }
                cursor = max(cursor, self.instant(day: open) - .microseconds(1))
                continue
            }
            if goal < target { continue }
            if let best, goal > zone.local(best).daysSinceEpoch { return best }
            let found =
                goal == target
                ? firstMoved(from: tick, on: day, to: goal, after: instant) : moved(tick, from: day, to: goal)
            if let found, found > instant { best = min(best ?? found, found) }
        }
        return best
    }

    /// The greatest tick before an instant; nil when none is at or after a limit, or within 50 years.
    func previous(before instant: Timestamp, from limit: Timestamp? = nil) -> Timestamp? {
        let bound = zone.local(instant)
        let target = bound.daysSinceEpoch
        var cursor = self.instant(day: lastSource(of: target) + 1)
        let first = self.firstDay(from: target, limit: limit)
        let horizon = Timestamp(LocalTime(seconds: (first - 2) * 86_400), offset: 0)
        var best: Timestamp?
        for _ in 0..<timetable.stepsSearched {
            guard let tick = timetable.previousUnshifted(before: cursor, from: horizon) else { return best }
            let day = zone.local(tick).daysSinceEpoch
            if day < first { return best }
            cursor = min(tick, self.instant(day: day))
            guard let goal = shift.calendar.nearestAllowed(to: day, shift.direction) else {
                guard let open = reopening(from: day, step: -1, through: first) else { return best }
                cursor = min(cursor, self.instant(day: open + 1))
                continue
            }
            if goal > target { continue }
            if let best, goal < zone.local(best).daysSinceEpoch { return best }
            let found =
                goal == target
                ? lastMoved(from: tick, on: day, to: goal, before: instant) : moved(tick, from: day, to: goal)
            if let found, found < instant { best = max(best ?? found, found) }
        }
        return best
    }

    /// The first tick of a source day that, moved to the day of an instant, is after that instant.
    private func firstMoved(from first: Timestamp, on day: Int, to goal: Int, after instant: Timestamp) -> Timestamp? {
        if day == goal {
            guard let tick = timetable.nextUnshifted(after: instant), tick < self.instant(day: day + 1) else {
                return nil
            }
            return tick
        }
        // One second before the bound's time of day; a gap may put several times on one instant.
        let bound = zone.instant(of: LocalTime(seconds: day * 86_400 + zone.local(instant).secondOfDay)) - .seconds(1)
        var tick: Timestamp? = bound < first ? first : timetable.nextUnshifted(after: bound)
        while let candidate = tick, zone.local(candidate).daysSinceEpoch == day {
            let found = moved(candidate, from: day, to: goal)
            if found > instant { return found }
            tick = timetable.nextUnshifted(after: candidate)
        }
        return nil
    }

    /// The last tick of a source day that, moved to the day of an instant, is before that instant.
    private func lastMoved(from last: Timestamp, on day: Int, to goal: Int, before instant: Timestamp) -> Timestamp? {
        if day == goal {
            guard let tick = timetable.previousUnshifted(before: instant), tick >= self.instant(day: day) else {
                return nil
            }
            return tick
        }
        let local = LocalTime(seconds: day * 86_400 + zone.local(instant).secondOfDay)
        let bound: Timestamp =
            switch zone.occurrence(of: local) {
            case .once(let only), .skipped(let only): only + .seconds(1)
            case .twice(_, let second): second + .seconds(1)
            }
        var tick: Timestamp? = bound > last ? last : timetable.previousUnshifted(before: bound)
        while let candidate = tick, zone.local(candidate).daysSinceEpoch == day {
            let found = moved(candidate, from: day, to: goal)
            if found < instant { return found }
            tick = timetable.previousUnshifted(before: candidate)
        }
        return nil
    }

    private func moved(_ tick: Timestamp, from day: Int, to goal: Int) -> Timestamp {
        if day == goal { return tick }
        let local = LocalTime(seconds: zone.local(tick).seconds + (goal - day) * 86_400)
        return zone.instant(of: local) + .microseconds(tick.microsecondOfSecond)
    }

    /// The first of the days whose ticks may end up on a day or later.
    private func firstSource(of day: Int) -> Int {
        guard shift.direction == .nextDay else { return day }
        return (shift.calendar.nearestAllowed(to: day - 1, .previousDay) ?? day - WorkCalendar.daysSearched) + 1
    }

    /// The last of the days whose ticks may end up on a day or earlier.
    private func lastSource(of day: Int) -> Int {
        guard shift.direction == .previousDay else { return day }
        return (shift.calendar.nearestAllowed(to: day + 1, .nextDay) ?? day + WorkCalendar.daysSearched) - 1
    }

    /// The last day whose ticks are of interest: those of a year later may come back from it.
    private func lastDay(from day: Int, limit: Timestamp?) -> Int {
        let reach = day + CronExpression.yearsSearched * 366
        return min(reach, limit.map { zone.local($0).daysSinceEpoch } ?? reach) + WorkCalendar.daysSearched
    }

    private func firstDay(from day: Int, limit: Timestamp?) -> Int {
        let reach = day - CronExpression.yearsSearched * 366
        return max(reach, limit.map { zone.local($0).daysSinceEpoch } ?? reach) - WorkCalendar.daysSearched
    }

    /// The nearest day in the direction of a step whose ticks end up anywhere; nil when there is none up to the last.
    private func reopening(from day: Int, step: Int, through last: Int) -> Int? {
        guard let open = shift.calendar.firstAllowed(from: day, step: step, through: last) else { return nil }
        let comesFromBehind = (shift.direction == .nextDay) == (step > 0)
        return comesFromBehind ? open - step * WorkCalendar.daysSearched : open
    }

    /// The first instant of a day.
    private func instant(day: Int) -> Timestamp {
        zone.instant(of: LocalTime(seconds: day * 86_400))
    }
}
