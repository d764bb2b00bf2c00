import AttemptProtocol
import Core
import Glibc

/// The short life of this program between the keeper and a command with limits.
///
/// It goes into the command's group, takes the limits on, and becomes the command. So nothing of the command ever runs
/// outside of them.
enum LimitedCommand {
    /// The first word of such a start.
    static let word = "--limited"
    private static let none = "-"

    /// What to be started with, in place of the command's own words.
    static func words(group: String?, memory: Int64?, program: String, _ words: [String]) -> [String] {
        ["rota-keeper", word, group ?? none, memory.map(String.init) ?? none, program] + words
    }

    /// Becomes the command; returns only where that cannot be, with the exit code.
    static func run(_ words: [String]) -> Int32 {
        guard words.count > 4 else { return fail("it was started with too few words") }
        let (group, memory, program) = (words[1], words[2], words[3])
        if group != none {
            do throws(SystemFailure) {
                try ControlGroups.write("0", to: group + "/cgroup.procs")
            } catch {
                return fail("the command's group cannot be entered: \(error)")
            }
        }
        if let bytes = UInt(memory) {
            var limits = rlimit(rlim_cur: bytes, rlim_max: bytes)
            guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0 else {
                return fail("the limit of memory cannot be set: \(SystemFailure.words(errno))")
            }
        }
        unsafe CStrings.with(Array(words.dropFirst(4))) { words in
            _ = unsafe execv(program, words)
        }
        return fail("\(program) cannot be started: \(SystemFailure.words(errno))")
    }

    private static func fail(_ sentence: String) -> Int32 {
        let line = Array("rota-keeper: \(sentence)\n".utf8)
        _ = unsafe write(2, line, line.count)
        return 125
    }
}
