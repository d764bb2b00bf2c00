/// The paths and headers by which a runner that dials in and a server understand each other.
///
/// The runner holds two requests open: a GET, whose answer carries what the server asks, and a POST, whose body
/// carries what the runner answers and tells. Both are streams of frames, and a word of the runner's ties them.
enum DialInWire {
    static let root = "/runner/v1"
    static let join = "join"
    static let questions = "questions"
    static let answers = "answers"

    /// The runner's name.
    static let nameHeader = "rota-runner"
    /// The word that ties the two requests.
    static let sessionHeader = "rota-session"

    /// Between two signs of life in either direction.
    static let heartbeat: Duration = .seconds(2)
    /// After so long without a sign of life a side takes the connection for broken.
    static let silenceLimit: Duration = .seconds(10)
    /// The longest piece of a log in one frame, so that others need not wait long behind it.
    static let logLimit = 1 << 20
}
