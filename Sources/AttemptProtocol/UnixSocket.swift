package import Glibc

/// Sockets in a folder, however long the folder's path: the limit of 107 bytes is stepped around by way of /proc.
package enum UnixSocket {
    /// Connects to a socket in a folder; the call itself never blocks.
    package static func connect(folder: String, name: String) throws(SystemFailure) -> Descriptor {
        let folderDescriptor = try Descriptor(path: folder, flags: Linux.openPathOnly | O_DIRECTORY)
        let socket = try make()
        try unsafe withAddress(folder: folderDescriptor.number, name: name) { address, length throws(SystemFailure) in
            guard unsafe Glibc.connect(socket.number, address, length) == 0 else {
                throw SystemFailure("connect to", "\(folder)/\(name)")
            }
        }
        return socket
    }

    /// Makes a socket in a folder, for its owner alone, in place of an old one of that name.
    package static func listen(folder: String, name: String) throws(SystemFailure) -> Descriptor {
        let folderDescriptor = try Descriptor(path: folder, flags: Linux.openPathOnly | O_DIRECTORY)
        let socket = try make()
        unsafe unlinkat(folderDescriptor.number, name, 0)
        try unsafe withAddress(folder: folderDescriptor.number, name: name) { address, length throws(SystemFailure) in
            guard unsafe bind(socket.number, address, length) == 0 else {
                throw SystemFailure("make the socket", "\(folder)/\(name)")
            }
        }
        guard unsafe fchmodat(folderDescriptor.number, name, 0o600, 0) == 0 else {
            throw SystemFailure("close to others", "\(folder)/\(name)")
        }
        guard Glibc.listen(socket.number, 128) == 0 else { throw SystemFailure("listen on", "\(folder)/\(name)") }
        return socket
    }

    /// The user at the other end; nil where the system does not say.
    package static func peer(of socket: Int32) -> uid_t? {
        // struct ucred: process, user, group.
        var credentials: (Int32, uid_t, gid_t) = (0, 0, 0)
        var length = socklen_t(12)
        guard unsafe getsockopt(socket, SOL_SOCKET, Linux.peerCredentials, &credentials, &length) == 0 else {
            return nil
        }
        return credentials.1
    }

    private static func make() throws(SystemFailure) -> Descriptor {
        let kind = Int32(SOCK_STREAM.rawValue) | Linux.socketClosesOnExec | Linux.socketDoesNotBlock
        let number = socket(AF_UNIX, kind, 0)
        guard number >= 0 else { throw SystemFailure("make", "a socket") }
        return Descriptor(owning: number)
    }

    private static func withAddress(
        folder: Int32,
        name: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemFailure) -> Void
    ) throws(SystemFailure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("/proc/self/fd/\(folder)/\(name)".utf8)
        precondition(path.count < 107, "a socket's name is one of our own short ones")
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
        try unsafe withUnsafePointer(to: &address) { pointer throws(SystemFailure) in
            let length = socklen_t(MemoryLayout<sockaddr_un>.size)
            try unsafe body(UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), length)
        }
    }
}
