import Core
import Store

/// An attempt that this process follows on its runner.
struct HeldAttempt {
    let id: AttemptID
    let run: Int
    let instance: Int
    /// Names of the declared outputs with their types.
    let declaredOutputs: [OutputDeclaration]
    /// How much of its log is stored.
    var logBytes: Int64
    /// How long it was on the runner when it was last read.
    var logLength: Int64 = 0
    /// Reads the stored bytes as they pass.
    var scanner: LineScanner
    /// Masks the secrets that it was given; nil: it was given none.
    let redactor: Redactor?
    /// The cancel has been passed on.
    var isCancelling = false
    /// Its end is being written.
    var isEnding = false
    /// Its log is being read and stored.
    var isReading = false
    var readers: [CheckedContinuation<Void, Never>] = []

    init(
        id: AttemptID,
        run: Int,
        instance: Int,
        declaredOutputs: [OutputDeclaration],
        redactor: Redactor? = nil,
        logBytes: Int64 = 0,
        logLines: Int64 = 0,
        marks: [LogMark] = []
    ) {
        self.id = id
        self.run = run
        self.instance = instance
        self.declaredOutputs = declaredOutputs
        self.redactor = redactor
        self.logBytes = logBytes
        scanner = LineScanner(lineEnds: logLines, marks: marks)
    }
}
