/// The delay that spreads the starts of many DAGs which are due at the same minute.
package enum Jitter {
    /// The delay of a DAG: always the same for its id, at least zero and below the span, in whole milliseconds.
    ///
    /// FNV-1a with 64 bits over the UTF-8 of the id, mixed by the finisher of SplitMix64, because the high bits of FNV
    /// hardly differ between short ids; the product with the span, divided by 2 to the 64th, is the delay. It must not
    /// change between versions: runs would move.
    package static func delay(forDAG id: String, below span: Duration) -> Duration {
        let milliseconds = span.clampedMicroseconds / 1000
        guard milliseconds > 0 else { return .zero }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
        hash ^= hash >> 31
        return .milliseconds(Int64(hash.multipliedFullWidth(by: UInt64(milliseconds)).high))
    }
}
