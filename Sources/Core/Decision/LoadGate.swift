/// How busy a runner's host may be while it takes more.
package struct LoadLimits: Hashable, Sendable {
    /// The highest load average of the last minute for each processor; nil: any.
    package var load: Double?
    /// The smallest part of memory that could still be given out; nil: any.
    package var memoryFree: Double?
    /// The highest figure of the runner's own measure; nil: any.
    package var measure: Double?
    /// The part by which a figure that was too bad must be better than its limit before more is taken.
    ///
    /// Defaults to a tenth.
    package var margin: Double

    /// Joins the limits.
    package init(load: Double? = nil, memoryFree: Double? = nil, measure: Double? = nil, margin: Double = 0.1) {
        self.load = load
        self.memoryFree = memoryFree
        self.measure = measure
        self.margin = margin
    }

    /// Whether any figure can be too bad.
    package var areSet: Bool { load != nil || memoryFree != nil || measure != nil }
}

/// Decides whether a runner takes nothing more because its host is too busy; nil: it takes what fits.
///
/// `wasBusy`: Whether that was so before. A figure that moves about its limit must not open and close the gate each time.
/// What is not told is no reason.
package func decide(_ load: RunnerLoad, _ limits: LoadLimits, wasBusy: Bool) -> String? {
    let slack = wasBusy ? limits.margin : 0
    if let found = load.load, let limit = limits.load, found > limit * (1 - slack) {
        return "its load is \(words(found)) for each processor, of at most \(words(limit))"
    }
    if let found = load.memoryFree, let limit = limits.memoryFree, found < limit * (1 + slack) {
        return "\(Int((found * 100).rounded()))% of its memory is free, of at least \(Int((limit * 100).rounded()))%"
    }
    if let found = load.measure, let limit = limits.measure, found > limit * (1 - slack) {
        return "its own measure is \(words(found)), of at most \(words(limit))"
    }
    return nil
}

extension LoadLimits: CustomStringConvertible {
    package var description: String {
        var parts: [String] = []
        if let load { parts.append("load of at most \(words(load)) for each processor") }
        if let memoryFree { parts.append("at least \(Int((memoryFree * 100).rounded()))% of the memory free") }
        if let measure { parts.append("own measure of at most \(words(measure))") }
        return parts.joined(separator: ", ")
    }
}

/// A figure with two places at most.
private func words(_ figure: Double) -> String {
    guard figure.magnitude < 1e12 else { return "\(figure)" }
    let hundredths = Int((figure * 100).rounded())
    let (whole, rest) = (hundredths / 100, abs(hundredths % 100))
    if rest == 0 { return "\(whole)" }
    return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
}
