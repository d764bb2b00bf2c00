import AttemptProtocol
import Core
import Glibc

extension Keeper {
    /// Between two looks at how long logs are, and while one of them grows beyond its cap.
    private static let trimPauses = (usual: Duration.seconds(1), growing: Duration.milliseconds(100))
    /// Less than this is not worth a call.
    private static let leastSpare: Int64 = 1 << 20

    /// Looks after the log of an attempt from now on, if it has a cap.
    func watchLog(of id: AttemptID) {
        guard let attempt = machine.attempts[id], attempt.claim.logCap != nil, attempt.parentage != nil else { return }
        if capped.isEmpty { nextTrim = Moment.now().sinceBoot + Self.trimPauses.usual }
        capped.insert(id)
    }

    /// Gives back to the disk what is beyond the caps of logs that grow, so that no command can fill it by printing.
    func trimLogs(at now: Duration) {
        guard !capped.isEmpty, now >= nextTrim else { return }
        var isAnyGrowing = false
        for id in capped {
            guard let attempt = machine.attempts[id], attempt.parentage != nil, let cap = attempt.claim.logCap,
                let spare = cap.spare(of: logLength(of: id))
            else { continue }
            let first = max(spare.lowerBound, holds[id]?.trimmedTo ?? 0)
            guard spare.upperBound - first >= min(Self.leastSpare, cap.bytes) else { continue }
            isAnyGrowing = true
            do throws(SystemFailure) {
                try TrimmedLog.trim(state.log(id), first..<spare.upperBound)
                holds[id, default: Hold()].trimmedTo = spare.upperBound
            } catch {
                // A file system that cannot do it will not learn it.
                capped.remove(id)
                Keeper.complain("the log of attempt \(id) is beyond its cap and keeps growing: \(error)")
            }
        }
        nextTrim = now + (isAnyGrowing ? Self.trimPauses.growing : Self.trimPauses.usual)
    }
}
