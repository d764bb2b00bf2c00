import Core

// How a seat reports ends.

extension Seat {
    /// An exit: what the command published is read first; where that fails the runner is asked again.
    func report(_ id: AttemptID, _ record: ExitRecord) {
        guard record.ending == .exited(0) else { return report(id, .exited(record, outputProblem: nil)) }
        guard let place = place(of: id) else { return }
        held[place].isEnding = true
        host.readOutput(of: id, from: server) { [unowned self] output in
            guard let output else {
                world.rare.note(.outputUnread)
                if let place = self.place(of: id) { held[place].isEnding = false }
                unfinished.append(id)
                return askAgain()
            }
            report(id, .exited(record, outputProblem: output.problem))
        }
    }

    /// Asks about attempts whose end is known on the runner and could not be written, once a session's loops run.
    func askAgain() {
        guard hasLoops else { return }
        let ids = unfinished.filter { place(of: $0) != nil }
        unfinished = []
        guard !ids.isEmpty else { return }
        let session = session
        server.after(500) { [unowned self] in
            within(session) { inquire(ids) { _ in } }
        }
    }

    /// Submits an end until it is written, whatever becomes of the session.
    func report(_ id: AttemptID, _ end: AttemptEnd) {
        guard let place = place(of: id) else { return }
        held[place].isEnding = true
        submit(EndReport(attempt: id, run: held[place].run, end: end), failures: 0)
    }

    private func submit(_ report: EndReport, failures: Int) {
        server.submit(report) { [unowned self] isWritten in
            guard isWritten else {
                world.rare.note(.reportRepeated)
                return server.after(100 * min(1 << min(failures + 1, 6), 50)) { [unowned self] in
                    submit(report, failures: failures + 1)
                }
            }
            held.removeAll { $0.id == report.attempt }
            forgettable.append(report.attempt)
            forget()
        }
    }

    /// Lets the runner remove what is stored.
    func forget() {
        guard session != 0, !isForgetting, !forgettable.isEmpty else { return }
        isForgetting = true
        let (session, batch) = (session, forgettable)
        host.forget(batch, from: server) { [unowned self] isDone in
            within(session) {
                isForgetting = false
                guard isDone else { return end(.silent) }
                forgettable.removeFirst(batch.count)
                forget()
            }
        }
    }
}
