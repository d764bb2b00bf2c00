import Core

extension SplitMix64 {
    /// A number in a range.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// An element; nil: there is none.
    mutating func pick<T>(_ choices: [T]) -> T? {
        choices.isEmpty ? nil : choices[below(choices.count)]
    }

    /// True so many times in a thousand.
    mutating func happens(_ perThousand: Int) -> Bool {
        perThousand > 0 && below(1_000) < perThousand
    }

    /// A number in 0..<1.
    mutating func fraction() -> Double {
        Double(next() >> 11) / 9_007_199_254_740_992
    }
}
