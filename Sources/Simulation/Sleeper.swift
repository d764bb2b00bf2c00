/// A loop's sleep, which ends by itself or when somebody wakes it; a wake-up that comes too early is kept.
final class Sleeper {
    private unowned let server: Server
    private let next: () -> Void
    private var isAwake = true
    private var isRung = false
    private var number = 0

    /// `next`: What the loop does when the sleep is over.
    init(_ server: Server, _ next: @escaping () -> Void) {
        self.server = server
        self.next = next
    }

    /// Sleeps, unless it was woken meanwhile.
    func sleep(_ span: Int) {
        number += 1
        let number = number
        isAwake = isRung
        let pause = isRung ? 0 : span
        isRung = false
        server.after(pause) { [weak self] in
            guard let self, number == self.number else { return }
            self.number += 1
            isAwake = true
            next()
        }
    }

    /// Ends the sleep; a loop that is awake will not sleep the next time.
    func wake() {
        guard !isAwake else {
            isRung = true
            return
        }
        isAwake = true
        sleepIsOver()
    }

    /// Lets the loop never go on.
    func stop() {
        number += 1
        isAwake = true
    }

    private func sleepIsOver() {
        number += 1
        let number = number
        server.after(0) { [weak self] in
            guard let self, number == self.number else { return }
            next()
        }
    }
}
