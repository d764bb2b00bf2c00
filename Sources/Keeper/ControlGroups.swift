import AttemptProtocol
import Core
import Glibc

/// The folder of the cgroup tree, version 2, in which this keeper may make a group for an attempt.
struct ControlGroups {
    let folder: String
    /// What groups in it can limit: `memory`, `cpu`.
    let controllers: Set<String>

    /// Takes a folder that is there for it, and switches on in it what it can.
    ///
    /// Nil where no groups can be made in it.
    init?(folder: String) {
        self.folder = folder
        if unsafe access(folder, F_OK) != 0 { unsafe mkdir(folder, 0o755) }
        // Where this process cannot go itself it can send no command to.
        let own = folder + "/rota-keeper"
        unsafe mkdir(own, 0o755)
        guard (try? ControlGroups.write("0", to: own + "/cgroup.procs")) != nil else { return nil }
        let present = ControlGroups.words(of: folder + "/cgroup.subtree_control")
        for controller in ["memory", "cpu"] where !present.contains(controller) {
            // Where one is not there, or not to be had, its limits are kept in another way, or not.
            try? ControlGroups.write("+\(controller)", to: folder + "/cgroup.subtree_control")
        }
        controllers = Set(ControlGroups.words(of: folder + "/cgroup.subtree_control"))
    }

    /// Finds the folder that systemd, or whoever starts the service, has delegated to it.
    ///
    /// That is the one above the group of this process: a group with processes of its own can have no groups with limits
    /// in it, so a service's own have a group below (`Delegate=yes` with `DelegateSubgroup=`).
    static func delegated() -> ControlGroups? {
        guard let mount = mountPoint(), let own = ownPath() else { return nil }
        let group = mount + (own == "/" ? "" : own)
        let parent = group.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        guard parent.utf8.count >= mount.utf8.count, isDelegated(parent), words(of: parent + "/cgroup.procs").isEmpty
        else { return nil }
        return ControlGroups(folder: parent)
    }

    /// The folder of an attempt's group.
    func path(_ id: AttemptID) -> String { "\(folder)/rota-\(id)" }

    /// Makes an attempt's group with those of the limits that it can keep.
    func make(_ id: AttemptID, _ limits: ResourceLimits) throws(SystemFailure) {
        let group = path(id)
        guard unsafe mkdir(group, 0o755) == 0 || errno == EEXIST else { throw SystemFailure("make", group) }
        if let memory = limits.memory, controllers.contains("memory") {
            try ControlGroups.write("\(memory)", to: group + "/memory.max")
            // Memory that was moved to a disk is memory too; hosts without swap have no such file.
            try? ControlGroups.write("0", to: group + "/memory.swap.max")
            // All of the attempt or nothing: half of it would hang or lie.
            try? ControlGroups.write("1", to: group + "/memory.oom.group")
        }
        if let millis = limits.processorMillis, controllers.contains("cpu") {
            try ControlGroups.write("\(max(millis, 10) * 100) 100000", to: group + "/cpu.max")
        }
    }

    /// Removes an attempt's group; one with processes in it stays.
    func remove(_ id: AttemptID) {
        unsafe rmdir(path(id))
    }

    /// The processes in an attempt's group; none where it has no group.
    func processes(_ id: AttemptID) -> [Int32] {
        ControlGroups.words(of: path(id) + "/cgroup.procs").compactMap { Int32($0) }.filter { $0 > 0 }
    }

    /// How many processes of the group the system has ended because the group's memory ran out.
    func outOfMemoryKills(_ id: AttemptID) -> Int {
        ControlGroups.number("oom_kill", in: path(id) + "/memory.events")
    }

    /// Ends all that is in an attempt's group at one stroke.
    func kill(_ id: AttemptID) {
        // Before Linux 5.14 there is no such file: then they are ended one by one.
        try? ControlGroups.write("1", to: path(id) + "/cgroup.kill")
    }

    // MARK: Files

    /// The number behind a name in a file of lines `name number`; 0 where it is not there.
    static func number(_ name: String, in path: String) -> Int {
        for line in text(of: path).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == name { return Int(words[1]) ?? 0 }
        }
        return 0
    }

    static func write(_ text: String, to path: String) throws(SystemFailure) {
        do throws(SystemFailure) {
            try Descriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC).write(Array(text.utf8))
        } catch {
            throw SystemFailure("write '\(text)' to", path, code: error.code)
        }
    }

    private static func words(of path: String) -> [String] {
        text(of: path).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static func text(of path: String) -> String {
        // What is not there has nothing to say.
        guard let file = try? Descriptor(path: path, flags: O_RDONLY),
            let bytes = try? file.read(from: 0, limit: 1 << 18)
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where the tree is mounted.
    private static func mountPoint() -> String? {
        for line in text(of: "/proc/self/mountinfo").split(separator: "\n") {
            let halves = line.split(separator: " - ", maxSplits: 1)
            let fields = halves[0].split(separator: " ")
            if halves.count == 2, halves[1].hasPrefix("cgroup2 "), fields.count > 4 { return String(fields[4]) }
        }
        return nil
    }

    /// The group of this process, as a path in the tree.
    private static func ownPath() -> String? {
        text(of: "/proc/self/cgroup").split(separator: "\n").first { $0.hasPrefix("0::/") }.map {
            String($0.dropFirst(3))
        }
    }

    private static func isDelegated(_ group: String) -> Bool {
        var value: UInt8 = 0
        let names: [String] = ["user.delegate", "trusted.delegate"]
        return names.contains { name in
            unsafe getxattr(group, name, &value, 1) == 1 && value == UInt8(ascii: "1")
        }
    }
}
