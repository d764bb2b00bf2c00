/// Numbers as people read them.
enum Quantity {
    /// A count with its noun: `1 task`, `2 tasks`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// A whole number with commas: `1,824`.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A size in decimal units, as disks and logs are counted: `214 kB`, `1.2 MB`.
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 999.5 { return "\(short(value, isWhole: unit == "B")) \(unit)" }
            value /= 1000
        }
        return "\(short(value, isWhole: false)) TB"
    }

    private static func short(_ value: Double, isWhole: Bool) -> String {
        if isWhole || value >= 9.95 { return "\(Int(value.rounded()))" }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
