/// Bounds that keep the cost of reading a file below what its size would suggest.
package struct DocumentLimits: Hashable, Sendable {
    /// Defaults to 1 MiB.
    package var bytes = 1 << 20
    /// How deep sequences and mappings may be nested.
    ///
    /// Defaults to 32.
    package var depth = 32
    /// How many aliases there may be.
    ///
    /// Defaults to 100.
    package var aliases = 100
    /// How many nodes aliases may repeat, all together.
    ///
    /// Defaults to 10,000.
    package var repeatedNodes = 10_000

    /// The limits of DAG files.
    package init() {}
}
