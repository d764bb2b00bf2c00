import Hummingbird

extension Request {
    /// Whether it asks for something and changes nothing.
    var isReading: Bool { method == .get || method == .head }
}
