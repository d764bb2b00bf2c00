import Core
import Store

/// The answer to "why does it not go on?" about a run, a task or a DAG.
struct WhyAnswer: Sendable {
    /// `run`, `task` or `dag`.
    let subject: String
    let id: String
    let state: String
    /// What is the matter, in one sentence.
    let sentence: String
    let reasons: [WhyReason]
}

/// One reason, with what it consists of.
struct WhyReason: Sendable {
    /// A word for programs, such as `pool_full`.
    let kind: String
    /// Which task waits; nil: the run or the DAG does.
    var task: String?
    var mapIndex: Int?
    /// The whole reason in one sentence.
    var sentence: String
    /// What a person may do about it.
    var advice: String?
    /// Since when it is so, where that is known.
    var since: Timestamp?
    /// When it will be over by itself, where that is known.
    var until: Timestamp?
    var details: [WhyDetail] = []

    init(_ kind: String, _ sentence: String) {
        self.kind = kind
        self.sentence = sentence
    }

    /// The same with more said; nils leave what is there.
    func with(
        advice: String? = nil,
        since: Timestamp? = nil,
        until: Timestamp? = nil,
        details: [WhyDetail] = []
    ) -> WhyReason {
        var reason = self
        reason.advice = advice ?? reason.advice
        reason.since = since ?? reason.since
        reason.until = until ?? reason.until
        reason.details += details
        return reason
    }
}

/// One line of a reason: who holds a slot, what a runner lacks, in which state an upstream task is.
struct WhyDetail: Sendable {
    /// A word for programs: `holder`, `run`, `runner`, `upstream`, `tick`, `problem`, `more`.
    let kind: String
    let sentence: String
    /// The page about it.
    var path: String?
    var run: String?
    var task: String?
    var mapIndex: Int?
    var runner: String?
    var state: String?
    var slots: Int?
    var since: Timestamp?

    init(_ kind: String, _ sentence: String, path: String? = nil) {
        self.kind = kind
        self.sentence = sentence
        self.path = path
    }
}

/// Words that reasons are made of.
enum WhyWords {
    /// `21 Aug 02:00:13 UTC (4 min ago)`.
    static func at(_ instant: Timestamp, _ now: Timestamp) -> String {
        "\(Moment(instant, now: now, seconds: true).text) (\(Moment.age(of: instant, now: now)))"
    }

    /// `1 slot`, `2 slots`.
    static func slots(_ count: Int) -> String { Quantity.count(count, "slot") }

    /// `next in line`, `behind 3 tasks`, `behind 1,000 tasks or more`.
    static func place(ahead: Int, noun: String) -> String {
        switch ahead {
        case 0: "next in line"
        case 1000...: "behind 1,000 \(noun)s or more"
        default: "behind \(Quantity.count(ahead, noun))"
        }
    }

    /// `next in line`, `behind 3 tasks of its DAG (DAGs take turns)`, `one of 4 that wait (the shortest goes first)`.
    static func place(_ place: QueuePlace) -> String {
        switch place.order {
        case .fifo, .priority, .deadline: return Self.place(ahead: place.ahead, noun: "task")
        case .fair:
            guard place.ahead > 0 else { return "the next of its DAG (DAGs take turns)" }
            return Self.place(ahead: place.ahead, noun: "task") + " of its DAG (DAGs take turns)"
        case .shortest, .criticalPath:
            guard place.ahead > 0 else { return "the only one that waits" }
            let count = place.ahead >= 1000 ? "1,000 or more" : "\(place.ahead + 1)"
            let first = place.order == .shortest ? "the shortest" : "the one with the longest path behind it"
            return "one of \(count) that wait (\(first) goes first)"
        }
    }

    /// `a`, `a and b`, `a, b and 3 more`.
    static func list(_ names: [String], most: Int = 5) -> String {
        guard names.count > 1 else { return names.first ?? "" }
        guard names.count <= most else {
            return names.prefix(most).joined(separator: ", ") + " and \(Quantity.grouped(names.count - most)) more"
        }
        return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }
}
