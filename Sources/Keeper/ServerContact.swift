import AttemptProtocol
import Core
import Glibc

/// When a server was last known to have heard of this host, and what ends when that is too long ago.
///
/// The reading stands in a file as well: a keeper that comes after this one goes on counting from it, and a keeper that
/// was replaced, to which no server speaks any more, learns from it what its successor hears.
struct ServerContact {
    private let bootID: String
    private var reading: Duration = .zero
    private var fences: [AttemptID: Duration] = [:]
    /// No fence is shorter.
    private var shortest: Duration?

    init(bootID: String, in state: StateDirectory) {
        self.bootID = bootID
        read(in: state)
    }

    /// When the next may be due; nil where nothing can be.
    var soonest: Duration? { shortest.map { reading + $0 } }

    private func isOver(_ span: Duration, at now: Duration) -> Bool { now >= reading + span }

    /// Begins to look after an attempt, if it has a fence.
    mutating func watch(_ id: AttemptID, _ fence: Duration?, in state: StateDirectory) {
        guard let fence else { return }
        let isFirst = fences.isEmpty
        fences[id] = fence
        shortest = min(shortest ?? fence, fence)
        if isFirst { write(in: state) }
    }

    /// Looks after an attempt no more.
    mutating func unwatch(_ id: AttemptID) {
        guard fences.removeValue(forKey: id) != nil else { return }
        if fences.isEmpty { shortest = nil }
    }

    /// Takes a reading that a server has heard; an older one changes nothing.
    mutating func note(_ heard: Duration, in state: StateDirectory) {
        guard heard > reading else { return }
        reading = heard
        if !fences.isEmpty { write(in: state) }
    }

    /// The attempts whose silence is over.
    mutating func due(at now: Duration, in state: StateDirectory) -> [AttemptID] {
        guard let soonest, now >= soonest else { return [] }
        read(in: state)
        let due = fences.filter { isOver($0.value, at: now) }.map(\.key)
        // What is due is being ended from now on, and not found again.
        for id in due { fences[id] = nil }
        shortest = fences.values.min()
        return due.sorted()
    }

    /// Where this cannot be written, a keeper that comes after this one ends what it finds: the safe side.
    private func write(in state: StateDirectory) {
        let path = state.path + "/contact"
        let text = "\(bootID) \(reading.clampedNanoseconds)\n"
        do throws(SystemFailure) {
            let file = try Descriptor(path: path + ".new", flags: O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(Array(text.utf8))
            guard unsafe rename(path + ".new", path) == 0 else { throw SystemFailure("rename", path) }
        } catch {
            Keeper.complain("\(error)")
        }
    }

    private mutating func read(in state: StateDirectory) {
        guard let file = try? Descriptor(path: state.path + "/contact", flags: O_RDONLY),
            let bytes = try? file.read(from: 0, limit: 200)
        else { return }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == bootID, let number = Int64(words[1]) else { return }
        reading = max(reading, .nanoseconds(number))
    }
}
