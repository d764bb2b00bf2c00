import Glibc

/// Where a state directory was made: on which machine, and as which folder of its disk.
///
/// A copy has its original's identity and journals, and would speak for attempts that run elsewhere. A disk that was
/// copied whole, machine and all, has the same place; that is noticed by servers once both answer.
package struct StatePlace: Hashable, Sendable {
    /// The machine's own identity; nil where it has none.
    package var machine: String?
    /// The number of the folder on its disk, which a copy has not.
    package var folder: UInt64

    /// Joins the facts.
    package init(machine: String?, folder: UInt64) {
        self.machine = machine
        self.folder = folder
    }

    /// Reads what `text` wrote; nil for anything else.
    package init?(text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let folder = UInt64(words[1]) else { return nil }
        self.init(machine: words[0] == "-" ? nil : String(words[0]), folder: folder)
    }

    /// One line: the machine and the folder.
    package var text: String { "\(machine ?? "-") \(folder)\n" }

    /// Why what was made there cannot be the folder that is here; nil: it can.
    package func objection(here: StatePlace) -> String? {
        if let machine, let other = here.machine, machine != other { return "it was made on another machine" }
        return folder == here.folder ? nil : "it is a copy of another folder"
    }
}

extension StateDirectory {
    /// The file that says where the directory was made.
    package var placeFile: String { path + "/place" }

    /// Why nobody may work with the directory, as a sentence that says what to do; nil: they may.
    ///
    /// The first to ask writes down where it is.
    package func objectionToPlace(
        machineFiles: [String] = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
    ) throws(SystemFailure) -> String? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { throw SystemFailure("look at", path) }
        let here = StatePlace(
            machine: machineFiles.lazy.compactMap { machine(in: $0) }.first,
            folder: UInt64(facts.st_ino)
        )
        guard let text = try text(of: placeFile), let made = StatePlace(text: text) else {
            try write(here)
            return nil
        }
        return made.objection(here: here).map { reason in
            "the state directory \(path) belongs to another runner: \(reason), and has its attempts. Where this host is to "
                + "be a runner of its own, remove the directory. Where it was moved here and nothing uses the other any "
                + "more, remove \(placeFile)"
        }
    }

    private func machine(in file: String) -> String? {
        // A host without a name for its machine has a folder's number all the same.
        guard let text = try? text(of: file)?.prefix(while: { $0 > " " }), text.utf8.count >= 16 else { return nil }
        return text.utf8.allSatisfy { ($0 &- 48) < 10 || ($0 &- 97) < 6 } ? String(text) : nil
    }

    private func text(of file: String) throws(SystemFailure) -> String? {
        do {
            let bytes = try Descriptor(path: file, flags: O_RDONLY).read(from: 0, limit: 256)
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
    }

    private func write(_ place: StatePlace) throws(SystemFailure) {
        let temporary = "\(placeFile).\(getpid())"
        do {
            let file = try Descriptor(path: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(Array(place.text.utf8))
            guard fsync(file.number) == 0 else { throw SystemFailure("write to disk", temporary) }
        }
        guard unsafe rename(temporary, placeFile) == 0 else { throw SystemFailure("make", placeFile) }
    }
}
