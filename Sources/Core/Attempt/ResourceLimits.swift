/// What one attempt may use of its host.
package struct ResourceLimits: Hashable, Sendable {
    /// Bytes of memory for all its processes together; nil: any amount.
    package var memory: Int64?
    /// Thousandths of a processor's time; nil: any amount.
    package var processorMillis: Int?

    /// Joins the two.
    package init(memory: Int64? = nil, processorMillis: Int? = nil) {
        self.memory = memory
        self.processorMillis = processorMillis
    }

    /// Whether nothing is limited.
    package var isEmpty: Bool { memory == nil && processorMillis == nil }

    /// The limit of memory in words, such as `2 GiB`; nil: there is none.
    package var memoryWords: String? { memory.map(SizeText.spell) }

    /// The limit of processors in words, such as `1.5 processors`; nil: there is none.
    package var processorWords: String? {
        processorMillis.map { millis in
            let (whole, rest) = millis.quotientAndRemainder(dividingBy: 1000)
            var digits = rest == 0 ? "" : String(String(1000 + rest).dropFirst())
            while digits.last == "0" { digits.removeLast() }
            let number = digits.isEmpty ? "\(whole)" : "\(whole).\(digits)"
            return millis == 1000 ? "1 processor" : "\(number) processors"
        }
    }
}
