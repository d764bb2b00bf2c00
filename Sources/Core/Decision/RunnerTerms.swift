/// On which terms a runner that joined takes tasks, as its host says.
package struct RunnerTerms: Hashable, Sendable {
    /// What tasks may ask for instead of its name.
    package var labels: [String]
    /// How much may run on it at once.
    package var slots: Int
    /// Slots that wait for important tasks; nil: none do.
    package var reserved: ReservedSlots?
    /// How busy its host may be while it takes more.
    package var busy: LoadLimits

    /// Joins the terms.
    package init(labels: [String], slots: Int, reserved: ReservedSlots? = nil, busy: LoadLimits = LoadLimits()) {
        self.labels = labels
        self.slots = slots
        self.reserved = reserved
        self.busy = busy
    }

    /// What is wrong with what is reserved, and with the limits of load; nil: nothing.
    package var complaint: String? {
        if let reserved {
            guard (1..<max(2, slots)).contains(reserved.slots), slots > 1 else {
                return
                    "of \(slots) slots \(reserved.slots) cannot be reserved; leave at least one for tasks of lower priority"
            }
            guard (-1_000_000...1_000_000).contains(reserved.priority) else {
                return "a priority is from -1000000 to 1000000, not \(reserved.priority)"
            }
        }
        let figures: [(Double?, ClosedRange<Double>, String)] = [
            (busy.load, 0.01...10_000, "the load for each processor"), (busy.memoryFree, 0.001...1, "the free memory"),
            (busy.measure, 0...1e12, "the measure"), (busy.margin, 0...0.9, "the margin"),
        ]
        for case (let value?, let range, let name) in figures where !range.contains(value) {
            return "the limit of \(name) is from \(range.lowerBound) to \(range.upperBound), not \(value)"
        }
        return nil
    }
}
