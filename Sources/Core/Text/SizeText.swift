/// Sizes of memory and files as people write them: `512MiB`, `2GB`.
package enum SizeText {
    private static let units: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("B", 1),
    ]

    /// Reads a whole number with a unit; nil for anything else, and for what does not fit 64 bits.
    package static func parse(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Int64(digits), let size = units.first(where: { $0.name == unit })?.bytes else { return nil }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: size)
        return isTooLarge ? nil : bytes
    }

    /// Writes a size in the largest unit by powers of two that it is a whole number of.
    package static func spell(_ bytes: Int64) -> String {
        for (name, size) in units.prefix(4) where bytes >= size && bytes % size == 0 {
            return "\(bytes / size) \(name)"
        }
        return "\(bytes) B"
    }
}
