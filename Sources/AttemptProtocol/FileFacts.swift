import Glibc

/// What the system says about a file.
package struct FileFacts: Sendable {
    /// Its length in bytes.
    package let size: Int64
    /// How many bytes of the disk it takes.
    package let allocated: Int64
    /// What its owner, its group and others may do with it, as nine bits.
    package let permissions: UInt32
    /// The number of the user who owns it.
    package let owner: UInt32
    /// Whether it is a folder.
    package let isFolder: Bool
    /// Whether it is a file in the narrow sense: no folder, pipe, socket or device.
    package let isRegular: Bool

    /// Looks at what is at a path, following symbolic links; nil where nothing is.
    package init?(path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        self.init(facts)
    }

    /// Looks at what is at a path, at a symbolic link itself; nil where nothing is.
    package init?(ofLinkAt path: String) {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return nil }
        self.init(facts)
    }

    /// Looks at what a descriptor stands for.
    package init?(descriptor: Int32) {
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { return nil }
        self.init(facts)
    }

    private init(_ facts: stat) {
        size = Int64(facts.st_size)
        allocated = Int64(facts.st_blocks) * 512
        permissions = facts.st_mode & 0o777
        owner = facts.st_uid
        isFolder = facts.st_mode & S_IFMT == S_IFDIR
        isRegular = facts.st_mode & S_IFMT == S_IFREG
    }
}
