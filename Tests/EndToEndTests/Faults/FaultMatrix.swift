/// What shows that a fault does no harm: the one place that answers for each row of the matrix.
struct FaultRow: Sendable {
    let name: String
    let fault: String
    /// Tests that show it, by their claims, beside the round of the same name in `Fault.all`.
    let shownBy: [String]

    init(_ name: String, _ fault: String, _ shownBy: String...) {
        (self.name, self.fault, self.shownBy) = (name, fault, shownBy)
    }
}

/// The faults that concern servers, runners and what is between them.
enum FaultMatrix {
    static let rows = [
        FaultRow(
            "F01",
            "a server is killed at each step: ledger, run, intent, start, log, end, each before and after COMMIT",
            "after kill -9 the same attempt goes on, with its whole log",
            "killed over and over while it works, nothing is lost or doubled",
            "two servers are killed and frozen at random, and nothing is lost, doubled or untrue"
        ),
        FaultRow(
            "F02",
            "all servers are away for hours while a DAG is due every minute",
            "all servers are away for two hours, and each tick has its run",
            "through every change of the clocks, killed in the middle of each, every tick comes once"
        ),
        FaultRow(
            "F03",
            "a server is frozen for longer than its leases last, and wakes up",
            "of three peers one is killed and one frozen, and the third goes on; a fourth joins by starting",
            "two servers are killed and frozen at random, and nothing is lost, doubled or untrue"
        ),
        FaultRow(
            "F04",
            "several servers start at once on an empty database",
            "three programs that migrate at once do it once"
        ),
        FaultRow(
            "F05",
            "the daemon of a runner is killed while its tasks run",
            "a host joins by a token, and its task outlives a cut connection and a new daemon",
            "whatever is cut and killed, each task runs once and every line is kept"
        ),
        FaultRow(
            "F06",
            "a keeper is killed",
            "an attempt whose keeper was killed is lost with proof, and tried again on another budget",
            "a killed keeper's attempts run on; those that end meanwhile are lost with proof",
            "a killed parent leaves its command running and then proof of its loss"
        ),
        FaultRow(
            "F07",
            "commands are killed, or end by any code",
            "a killed command is a failure of its own, never a lost attempt",
            "a signal that ends the command is named exactly",
            "an exit above 128 is perhaps a signal",
            "an attempt's group gets its limits, and a kill for lack of memory is named"
        ),
        FaultRow(
            "F08",
            "SSH clients, sessions and the sshd are killed",
            "a cut connection leaves the task running and the next call connects anew"
        ),
        FaultRow(
            "F09",
            "a server is killed while a log is followed and while a run is asked for",
            "following goes on where it was when the server is started anew",
            "one key makes one run, also where both requests come at once"
        ),
        FaultRow(
            "F10",
            "commands are killed while they trigger and wait, and their readers go away",
            "Ctrl-C ends the waiting, not the run",
            "a large one makes its runs step by step, in order, each once, over restarts"
        ),
        FaultRow(
            "F11",
            "a runner's host is restarted",
            "a restart of the host is proof that nothing of before still runs"
        ),
        FaultRow(
            "F12",
            "a runner's disk is wiped",
            "another disk is not asked about attempts of the former one",
            "that an attempt never started is not believed of a disk that was changed meanwhile"
        ),
        FaultRow(
            "F13",
            "a runner's host is there twice",
            "two keepers never serve one directory",
            "nobody serves a copied directory before a person has said so",
            "a copy of a host that dials in is refused as long as the host answers",
            "a host that had booted when another with its disk was heard of is held, and says why",
            "a host that comes back with what no runner may have is not connected",
            "two servers that send one order start it once"
        ),
        FaultRow(
            "F14",
            "PostgreSQL is restarted, killed, and ends single sessions",
            "a database that goes away and comes back costs no run and no server",
            "a connection that the server ended while idle is replaced unnoticed"
        ),
        FaultRow(
            "F15",
            "the answer to a COMMIT is lost",
            "a connection lost during COMMIT leaves the outcome unknown",
            "a session that ends while its batch commits leaves the outcome unknown"
        ),
        FaultRow("F27", "one of the servers is cut off from the database"),
        FaultRow(
            "F28",
            "servers are cut off from a runner",
            "a host that dials two servers is looked after by the other when one is killed, or cut off"
        ),
        FaultRow(
            "F29",
            "a host runs on without any server: it ends by itself what says so, and nothing else",
            "an attempt is ended once no server was heard of for so long, with all that belongs to it",
            "a runner has ended an attempt before its server gives it up",
            "an attempt that its runner ends by itself is tried again"
        ),
        FaultRow(
            "F30",
            "pages and commands are asked while the database does not answer",
            "a database that goes away and comes back costs no run and no server"
        ),
        FaultRow("F31", "lines carry bytes in one direction only"),
        FaultRow(
            "F32",
            "lines come and go",
            "whatever is cut and killed, each task runs once and every line is kept"
        ),
        FaultRow("F33", "all lines are cut one by one and mended in another order"),
        FaultRow("F34", "lines are slow, unsteady and narrow", "pieces of any size are masked as the whole is"),
        FaultRow("F35", "a host is gone without a word, and its connections stay", "silence is noticed"),
        FaultRow(
            "F36",
            "answers break off, come one byte at a time, and never end",
            "who waits for an answer is told when the connection is cut, and events end",
            "a runaway length ends that connection and no other",
            "an answer that was not expected fails the task, which is tried again as often as it may"
        ),
        FaultRow(
            "F37",
            "an SSH server takes the connection and says nothing, or noise, or has no room",
            "a forced command that never answers has a sentence of its own",
            "what rc files print does no harm",
            "a host without a shell for us says so",
            "a server that allows one session per connection is used all the same"
        ),
        FaultRow("F38", "a host shows another key than before", "a changed host key is told apart and nothing is sent"),
        FaultRow(
            "F39",
            "an order comes twice, at once and long after",
            "a thousand orders of one identity at once start it once",
            "tombstones, ends and forgotten identities outlive a killed keeper",
            "an order whose silence is over starts nothing"
        ),
        FaultRow(
            "F40",
            "several servers claim the same tasks at once",
            "servers that claim at the same time never fill a pool beyond its size",
            "two servers share the work, and one goes on when the other is killed",
            "in ten thousand worlds no rule is broken, and every rare branch is reached"
        ),
        FaultRow(
            "F41",
            "the server that looks after runners dies or freezes, or two believe that they do",
            "of three peers one is killed and one frozen, and the third goes on; a fourth joins by starting",
            "while one server prunes, others do not, and one that was replaced stops"
        ),
        FaultRow(
            "F42",
            "a runner dies with an order in its hands",
            "that an attempt never started is believed of the disk that it was meant for"
        ),
        FaultRow(
            "F49",
            "a runner's disk is full",
            "on a full disk ends are recorded, new attempts are refused with a sentence, and none is lost",
            "a full disk is named, and nothing is lost when there is room again"
        ),
        FaultRow(
            "F50",
            "a runner's disk fails",
            "a torn end of the journal costs only what was torn",
            "a flipped bit is noticed"
        ),
        FaultRow(
            "F51",
            "commands print without end, and what is no text",
            "a flood of output holds up neither other attempts nor the cancel",
            "NUL, half characters, escapes and a missing last newline come out as they went in",
            "five megabytes of chance are kept byte for byte",
            "the middle of a log beyond its cap is given back to the disk, head and tail stay as they were"
        ),
        FaultRow(
            "F52",
            "commands flee, ignore TERM, fork without end and close their output",
            "cancelled means that nothing of it is left, however it resists",
            "nothing is left of what is cancelled, by whatever way it fled",
            "a fork bomb within a limit is ended, and the keeper goes on",
            "a command may close its output and go on",
            "an attempt ends with its command, and what it left behind is named"
        ),
        FaultRow(
            "F53",
            "DAG files are written badly",
            "a broken file leaves the last good version in force until it is mended",
            "a removed file retires its DAG, and coming back it is the same one",
            "a folder that vanishes, or is suddenly empty, retires nothing",
            "a file is read as it is, and a change is seen without reading"
        ),
        FaultRow("F59", "descriptors run out"),
        FaultRow(
            "F62",
            "runs are cancelled at every step",
            "cancelling ends idle tasks at once and running ones when their runner has ended them",
            "a run that is being cancelled ends once what nobody can reach is given up"
        ),
        FaultRow(
            "F64",
            "a task kills the keeper of its runner each time",
            "what takes its runner along is not tried for ever"
        ),
        FaultRow(
            "F65",
            "servers are told to stop under load, and killed before they have",
            "Ctrl-C stops the server, says what runs on, and the next start finds it",
            "a peer that is to drain takes nothing more, and stops once nothing runs on it"
        ),
    ]
}
