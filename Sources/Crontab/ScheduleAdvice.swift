import Core

/// Tells where a schedule means something else here than to Debian's cron, or than its writer may think.
enum ScheduleAdvice {
    /// Sentences without their full stop.
    static func notes(on schedule: String, _ expression: CronExpression) -> [String] {
        differences(schedule) + expression.warnings.map(\.description)
    }

    private static func differences(_ schedule: String) -> [String] {
        let fields = schedule.split(separator: " ")
        guard fields.count == 5 else { return [] }
        var notes: [String] = []
        for (index, field) in fields.enumerated() {
            for item in field.split(separator: ",") {
                if item.contains("/"), !item.hasPrefix("*"), !item.contains("-") {
                    notes.append("Debian's cron refuses '\(item)'; here it goes on to the end of the range")
                }
                if isExtension(item, isDayOfMonth: index == 2, isDayOfWeek: index == 4) {
                    notes.append("Debian's cron does not know '\(item)', so this line never ran there; here it will")
                }
                if index == 4, item.uppercased().contains("-SUN"), !item.uppercased().hasPrefix("SUN") {
                    notes.append("Debian's cron never ran on '\(item)', where SUN is day 0; here it ends the week")
                }
            }
        }
        return notes
    }

    /// `L`, `LW`, `15W`, `MON#1` and `FRIL`.
    private static func isExtension(_ item: Substring, isDayOfMonth: Bool, isDayOfWeek: Bool) -> Bool {
        let upper = item.uppercased()
        if isDayOfMonth { return upper.hasSuffix("L") || upper.hasSuffix("W") }
        return isDayOfWeek && (upper.contains("#") || upper.hasSuffix("L"))
    }
}
