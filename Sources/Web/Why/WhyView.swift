/// A reason as pages show it.
///
/// Its fields share no name with those of the pages: a template would take theirs where these are missing.
struct WhyView: Sendable {
    let whySentence: String
    let whyAdvice: String?
    let whyLines: [WhyLineView]
    let hasWhyLines: Bool

    init(_ reason: WhyReason) {
        whySentence = reason.sentence
        whyAdvice = reason.advice
        whyLines = reason.details.map { WhyLineView(whyLine: $0.sentence, whyPath: $0.path) }
        hasWhyLines = !reason.details.isEmpty
    }

    /// Reasons, five at the most, without those that the page says elsewhere.
    static func list(_ answer: WhyAnswer, without kinds: Set<String>) -> [WhyView] {
        answer.reasons.filter { !kinds.contains($0.kind) }.prefix(5).map(WhyView.init)
    }
}

/// One line of a reason.
struct WhyLineView: Sendable {
    let whyLine: String
    let whyPath: String?
}
