/// What a running server tells in `postmaster.pid`, line by line.
struct PostmasterFile: Equatable {
    let process: Int32
    let socketDirectory: String?
    let status: Status

    /// How far the server is, by its own word.
    enum Status: Equatable {
        case starting
        case ready
        case stopping
    }

    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let process = Int32(first), process > 0 else { return nil }
        self.process = process
        // Lines appear as the start proceeds: 5 is the socket's folder, 8 the status, padded.
        socketDirectory = lines.count > 4 && !lines[4].isEmpty ? String(lines[4]) : nil
        let word = lines.count > 7 ? lines[7].prefix { $0.isLetter } : ""
        status =
            switch word {
            case "ready": .ready
            case "stopping": .stopping
            default: .starting
            }
    }

    static func path(in directory: String) -> String { "\(directory)/postmaster.pid" }

    static func read(in directory: String) -> PostmasterFile? {
        TextFile.read(path(in: directory)).flatMap(PostmasterFile.init(text:))
    }
}
