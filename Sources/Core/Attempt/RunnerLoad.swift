/// How busy a runner's host is, as it tells itself; what it does not tell is nil.
package struct RunnerLoad: Hashable, Sendable {
    /// Load average of the last minute for each processor.
    package var load: Double?
    /// Memory that could be given out, as a part of all.
    package var memoryFree: Double?
    /// What the runner's own command measured.
    package var measure: Double?

    /// Joins the figures.
    package init(load: Double? = nil, memoryFree: Double? = nil, measure: Double? = nil) {
        self.load = load
        self.memoryFree = memoryFree
        self.measure = measure
    }
}
