import AttemptProtocol
import Crontab
import Glibc
import Host

/// A crontab's text and where it was found.
struct CrontabInput {
    /// As people know it.
    var name: String
    var bytes: [UInt8]
    var timezone: String
    /// The user to whom it belongs, where that is known.
    var user: String?
    /// The runner that stands for its host.
    var runner: String?
    /// Whether its lines name users; nil: only if they unmistakably do.
    var hasUsers: Bool?

    var crontab: Crontab { Crontab(bytes, hasUsers: hasUsers) }

    func description(isShadow: Bool) -> CrontabSource {
        CrontabSource(name: name, timezone: timezone, user: user, runner: runner, isShadow: isShadow)
    }

    /// Larger than any crontab that cron itself would read.
    private static let longest = 4 * 1024 * 1024

    /// Reads a file of this host, or standard input.
    static func local(
        _ file: String,
        hasUsers: Bool?,
        timezone: String?,
        runner: String?
    ) throws(ImportFailure) -> CrontabInput {
        let isInput = file == "-"
        if !isInput, let facts = FileFacts(path: file), facts.isFolder { throw .folder(path: file) }
        guard let bytes = isInput ? standardInput() : SmallFile.read(file, limit: longest + 1) else {
            throw .unreadable(path: file, reason: SmallFile.reason)
        }
        guard bytes.count <= longest else { throw .tooLong(source: file) }
        guard let zone = timezone ?? HostZone.name() else { throw .noZone(source: "this host") }
        let folders = ["/etc/cron.d/", "/etc/crontab"]
        let isSystem = folders.contains { file.hasPrefix($0) }
        let spool = "/var/spool/cron/crontabs/"
        return CrontabInput(
            name: isInput ? "standard input" : file,
            bytes: bytes,
            timezone: zone,
            user: file.hasPrefix(spool) ? String(file.dropFirst(spool.count)) : nil,
            runner: runner,
            hasUsers: hasUsers ?? (isSystem ? true : nil)
        )
    }

    /// Read where it is: opened again by a name it could belong to another user, or be a socket.
    private static func standardInput() -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count <= longest {
            let count = unsafe read(STDIN_FILENO, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Asks another host for its crontab and its zone.
    static func remote(
        _ target: String,
        hasUsers: Bool?,
        timezone: String?,
        runner: String?
    ) async throws -> CrontabInput {
        let remote = try RemoteCrontab(target)
        let answer = try await remote.fetch()
        guard answer.crontab.count <= longest else { throw ImportFailure.tooLong(source: target) }
        guard let zone = timezone ?? answer.zone else { throw ImportFailure.noZone(source: target) }
        return CrontabInput(
            name: "crontab of \(target)",
            bytes: answer.crontab,
            timezone: zone,
            user: remote.user,
            runner: runner ?? remote.runner,
            hasUsers: hasUsers ?? false
        )
    }
}

/// The zone whose clocks this host follows.
enum HostZone {
    /// Its IANA name, from the link /etc/localtime, else from /etc/timezone; nil where neither tells.
    static func name() -> String? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, unsafe readlink("/etc/localtime", &target, target.count))
        let link = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name(link: link, file: SmallFile.read("/etc/timezone") ?? "")
    }

    /// The name in the target of the link /etc/localtime, else in the text of /etc/timezone.
    static func name(link: String, file: String) -> String? {
        let parts = link.split(separator: "/").map(String.init)
        if let folder = parts.firstIndex(of: "zoneinfo"), folder + 1 < parts.count {
            var zone = parts[(folder + 1)...]
            // Two copies of the data with other leap seconds.
            if zone.first == "posix" || zone.first == "right" { zone.removeFirst() }
            return zone.joined(separator: "/")
        }
        let line = file.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.isEmpty || line.contains(" ") ? nil : line
    }
}
