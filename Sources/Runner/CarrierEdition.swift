/// Which editions of the conversation over HTTP a side understands; neighbouring editions understand each other.
///
/// 1: requests, events and logs. 2: the runner also tells how busy its host is.
package struct CarrierEdition: Hashable, Sendable {
    /// The oldest and the newest that are understood.
    package var range: ClosedRange<Int>

    /// What this program understands.
    package static let ours = CarrierEdition(1...2)

    /// The header by which each side tells its editions.
    static let header = "rota-edition"

    /// Names the editions.
    package init(_ range: ClosedRange<Int>) {
        self.range = range
    }

    /// As it travels, such as `1-2`.
    var text: String { "\(range.lowerBound)-\(range.upperBound)" }

    /// Reads what the other side tells; nothing means the first edition, which told nothing.
    init?(header text: String?) {
        guard let text else {
            self.init(1...1)
            return
        }
        let parts = text.split(separator: "-").map { Int($0) }
        guard parts.count == 2, let oldest = parts[0], let newest = parts[1], 1 <= oldest, oldest <= newest else {
            return nil
        }
        self.init(oldest...newest)
    }

    /// The newest that both understand; nil: there is none.
    func agreed(with other: CarrierEdition) -> Int? {
        let newest = min(range.upperBound, other.range.upperBound)
        return newest >= max(range.lowerBound, other.range.lowerBound) ? newest : nil
    }

    /// Why two sides do not understand each other, and which of them is to be upgraded.
    ///
    /// `runner` is what the runner's host understands, `server` what the server does.
    static func refusal(runner: CarrierEdition, server: CarrierEdition) -> String {
        let isRunnerOld = runner.range.upperBound < server.range.lowerBound
        return "the runner's host speaks edition \(runner.words) of the protocol and the server edition "
            + "\(server.words): upgrade rota on the \(isRunnerOld ? "runner's host" : "server"), which is older"
    }

    private var words: String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }
}
