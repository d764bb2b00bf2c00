import Synchronization

/// The port that the pages are served on, which is known only once they are.
package final class BoundPort: Sendable {
    private let state = Mutex<Int?>(nil)

    /// Not known yet.
    package init() {}

    /// The port; nil as long as nothing listens.
    package var number: Int? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
