import AttemptProtocol

/// Watches the process of an attempt whose keeper died: the system tells when it ends, though not how.
final class OrphanWatch {
    private var descriptor: Descriptor?

    /// Watches a process; nil: there is none to watch, and looking now and then must do.
    init(process: Int32?) {
        guard let process else { return }
        let opened = pidfd_open(process, 0)
        if opened >= 0 { descriptor = Descriptor(owning: opened) }
    }

    /// The descriptor that becomes readable when the process ends.
    var number: Int32? {
        switch descriptor {
        case .some(let open): open.number
        case .none: nil
        }
    }

    /// Stops watching.
    func stop() {
        descriptor = nil
    }
}
