/// The wall-clock times a cron expression matches, as sets of bits: a pure function of the calendar, without zones.
struct CronPattern: Hashable, Sendable {
    private let seconds: UInt64
    private let minutes: UInt64
    private let hours: UInt64
    private let months: UInt64
    private let days: UInt32
    private let weekdays: UInt32
    /// Groups of seven bits: weekday n counts in the k-th place of the month with bit 7 (k - 1) + n; k = 6 is the last.
    private let places: UInt64
    private let nearestWorkdays: UInt32
    private let hasLastDay: Bool
    private let hasLastWorkday: Bool
    /// Whether a date must match both day fields; otherwise either will do.
    let needsBothDays: Bool
    private let firstSecondOfDay: Int
    private let lastSecondOfDay: Int

    init(_ fields: CronParser.Fields) {
        func bits(_ field: CronField) -> UInt64 {
            fields.items[field.rawValue].reduce(0) { $0 | $1.bits(in: field) }
        }
        seconds = bits(.second)
        minutes = bits(.minute)
        hours = bits(.hour)
        months = bits(.month)
        days = UInt32(truncatingIfNeeded: bits(.dayOfMonth))
        let week = bits(.dayOfWeek)
        weekdays = UInt32(truncatingIfNeeded: (week | week >> 7) & 0x7F)
        let dayItems = fields.items[CronField.dayOfMonth.rawValue]
        hasLastDay = dayItems.contains(.lastDay)
        hasLastWorkday = dayItems.contains(.lastWorkday)
        var nearest: UInt32 = 0
        for case .nearestWorkday(let day) in dayItems { nearest |= 1 << UInt32(day) }
        nearestWorkdays = nearest
        var places: UInt64 = 0
        for item in fields.items[CronField.dayOfWeek.rawValue] {
            switch item {
            case .nth(let weekday, let place): places |= 1 << UInt64(7 * (place - 1) + weekday)
            case .last(let weekday): places |= 1 << UInt64(7 * 5 + weekday)
            default: continue
            }
        }
        self.places = places
        let startsWithStar = [CronField.dayOfMonth, .dayOfWeek].map { fields.texts[$0.rawValue].hasPrefix("*") }
        needsBothDays = startsWithStar.contains(true)
        firstSecondOfDay =
            hours.trailingZeroBitCount * 3600 + minutes.trailingZeroBitCount * 60 + seconds.trailingZeroBitCount
        lastSecondOfDay =
            (63 - hours.leadingZeroBitCount) * 3600 + (63 - minutes.leadingZeroBitCount) * 60
            + (63 - seconds.leadingZeroBitCount)
    }

    /// Whether any date of the calendar matches: every kind of year occurs among these 28.
    var matchesAnyDate: Bool {
        (2000..<2028).contains { year in (1...12).contains { matchingDays(year: year, month: $0) != 0 } }
    }

    /// The least matching local time at or after one, in a year up to the given one.
    func first(from local: Int, throughYear limit: Int) -> Int? {
        let time = LocalTime(seconds: local)
        let day = time.daysSinceEpoch
        let date = CivilDate(daysSinceEpoch: day)
        guard date.year <= limit else { return nil }
        var matching = matchingDays(year: date.year, month: date.month)
        if matching & 1 << UInt32(date.day) != 0, let second = firstTime(from: local - day * 86_400) {
            return day * 86_400 + second
        }
        // Bits above the day; the shift by 32 on the 31st leaves none.
        matching &= ~0 << UInt32(date.day + 1)
        if matching != 0 {
            return (day + matching.trailingZeroBitCount - date.day) * 86_400 + firstSecondOfDay
        }
        var (year, month) = (date.year, date.month)
        while true {
            let later = months & ~0 << UInt64(month + 1)
            if later == 0 {
                year += 1
                month = months.trailingZeroBitCount
                if year > limit { return nil }
            } else {
                month = later.trailingZeroBitCount
            }
            matching = matchingDays(year: year, month: month)
            if matching != 0 {
                let date = CivilDate(year: year, month: month, day: matching.trailingZeroBitCount)
                return date.daysSinceEpoch * 86_400 + firstSecondOfDay
            }
        }
    }

    /// The greatest matching local time at or before one, in a year down to the given one.
    func last(upTo local: Int, downToYear limit: Int) -> Int? {
        let time = LocalTime(seconds: local)
        let day = time.daysSinceEpoch
        let date = CivilDate(daysSinceEpoch: day)
        guard date.year >= limit else { return nil }
        var matching = matchingDays(year: date.year, month: date.month)
        if matching & 1 << UInt32(date.day) != 0, let second = lastTime(upTo: local - day * 86_400) {
            return day * 86_400 + second
        }
        matching &= 1 << UInt32(date.day) - 1
        if matching != 0 {
            return (day + 31 - matching.leadingZeroBitCount - date.day) * 86_400 + lastSecondOfDay
        }
        var (year, month) = (date.year, date.month)
        while true {
            let earlier = months & (1 << UInt64(month) - 1)
            if earlier == 0 {
                year -= 1
                month = 63 - months.leadingZeroBitCount
                if year < limit { return nil }
            } else {
                month = 63 - earlier.leadingZeroBitCount
            }
            matching = matchingDays(year: year, month: month)
            if matching != 0 {
                let date = CivilDate(year: year, month: month, day: 31 - matching.leadingZeroBitCount)
                return date.daysSinceEpoch * 86_400 + lastSecondOfDay
            }
        }
    }

    private func firstTime(from second: Int) -> Int? {
        guard second > firstSecondOfDay else { return firstSecondOfDay }
        guard second <= lastSecondOfDay else { return nil }
        let (hour, minute) = (second / 3600, second / 60 % 60)
        if hours & 1 << UInt64(hour) != 0 {
            if minutes & 1 << UInt64(minute) != 0 {
                let left = seconds & ~0 << UInt64(second % 60)
                if left != 0 { return hour * 3600 + minute * 60 + left.trailingZeroBitCount }
            }
            let left = minutes & ~0 << UInt64(minute + 1)
            if left != 0 {
                return hour * 3600 + left.trailingZeroBitCount * 60 + seconds.trailingZeroBitCount
            }
        }
        let left = hours & ~0 << UInt64(hour + 1)
        guard left != 0 else { return nil }
        return left.trailingZeroBitCount * 3600 + firstSecondOfDay % 3600
    }

    private func lastTime(upTo second: Int) -> Int? {
        guard second < lastSecondOfDay else { return lastSecondOfDay }
        guard second >= firstSecondOfDay else { return nil }
        let (hour, minute) = (second / 3600, second / 60 % 60)
        if hours & 1 << UInt64(hour) != 0 {
            if minutes & 1 << UInt64(minute) != 0 {
                let left = seconds & (1 << UInt64(second % 60 + 1) - 1)
                if left != 0 { return hour * 3600 + minute * 60 + 63 - left.leadingZeroBitCount }
            }
            let left = minutes & (1 << UInt64(minute) - 1)
            if left != 0 {
                return hour * 3600 + (63 - left.leadingZeroBitCount) * 60 + 63 - seconds.leadingZeroBitCount
            }
        }
        let left = hours & (1 << UInt64(hour) - 1)
        guard left != 0 else { return nil }
        return (63 - left.leadingZeroBitCount) * 3600 + lastSecondOfDay % 3600
    }
}

extension CronPattern {
    /// The matching days of a month; bit n is day n.
    func matchingDays(year: Int, month: Int) -> UInt32 {
        guard months & 1 << UInt64(month) != 0 else { return 0 }
        let length = CivilDate.daysInMonth(month, year: year)
        let existing: UInt32 = ~0 >> UInt32(31 - length) & ~1
        let first = CivilDate.weekday(
            daysSinceEpoch: CivilDate(year: year, month: month, day: 1).daysSinceEpoch
        )
        var byDay = days
        if hasLastDay { byDay |= 1 << UInt32(length) }
        if hasLastWorkday { byDay |= 1 << UInt32(lastWorkday(first: first, length: length)) }
        if nearestWorkdays != 0 { byDay |= nearestWorkdayBits(first: first, length: length) }
        // Seven bits that repeat from day 1 on.
        var byWeekday = CronPattern.rotated(weekdays, by: first) &* 0x1020_4081 << 1
        if places != 0 { byWeekday |= placeBits(first: first, length: length) }
        return existing & (needsBothDays ? byDay & byWeekday : byDay | byWeekday)
    }

    /// The seven bits seen from a first weekday: bit 0 is that weekday.
    private static func rotated(_ bits: UInt32, by first: Int) -> UInt32 {
        (bits >> UInt32(first) | bits << UInt32(7 - first)) & 0x7F
    }

    private func placeBits(first: Int, length: Int) -> UInt32 {
        func group(_ place: Int) -> UInt32 { UInt32(truncatingIfNeeded: places >> UInt64(7 * place)) & 0x7F }
        var bits: UInt32 = 0
        for place in 0..<5 { bits |= CronPattern.rotated(group(place), by: first) << UInt32(place * 7 + 1) }
        return bits | CronPattern.rotated(group(5), by: (first + length - 7) % 7) << UInt32(length - 6)
    }

    private func lastWorkday(first: Int, length: Int) -> Int {
        switch (first + length - 1) % 7 {
        case 6: length - 1
        case 0: length - 2
        default: length
        }
    }

    private func nearestWorkdayBits(first: Int, length: Int) -> UInt32 {
        var bits: UInt32 = 0
        var left = nearestWorkdays
        while left != 0 {
            let day = left.trailingZeroBitCount
            left &= left - 1
            guard day <= length else { break }
            let nearest =
                switch (first + day - 1) % 7 {
                case 6: day == 1 ? 3 : day - 1
                case 0: day == length ? day - 2 : day + 1
                default: day
                }
            bits |= 1 << UInt32(nearest)
        }
        return bits
    }
}

extension CronPattern {
    var coversEveryHour: Bool { hours == 0xFF_FFFF }

    func includes(month: Int) -> Bool { months & 1 << UInt64(month) != 0 }

    /// The values of a plain field, ascending; of a day field those that do not depend on the month.
    func values(of field: CronField) -> [Int] {
        let bits: UInt64 =
            switch field {
            case .second: seconds
            case .minute: minutes
            case .hour: hours
            case .dayOfMonth: UInt64(days)
            case .month: months
            case .dayOfWeek: UInt64(weekdays)
            }
        return (0..<64).filter { bits & 1 << UInt64($0) != 0 }
    }
}
