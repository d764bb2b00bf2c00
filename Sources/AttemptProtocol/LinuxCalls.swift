package import Glibc

// Calls and constants of Linux that Glibc's Swift module leaves out because it is built without _GNU_SOURCE. The names
// below are the C symbols; their arguments are plain numbers and pointers, which both conventions pass alike.

@_silgen_name("signalfd")
package func signalfd(_ descriptor: Int32, _ mask: UnsafePointer<sigset_t>, _ flags: Int32) -> Int32

@_silgen_name("prctl")
package func prctl(_ option: Int32, _ first: UInt, _ second: UInt, _ third: UInt, _ fourth: UInt) -> Int32

@_silgen_name("pidfd_open")
package func pidfd_open(_ process: Int32, _ flags: UInt32) -> Int32

/// Makes a pipe with flags of `open`; a pipe made without them is inherited by whatever another thread spawns meanwhile.
@_silgen_name("pipe2")
package func pipe2(_ ends: UnsafeMutablePointer<Int32>, _ flags: Int32) -> Int32

@_silgen_name("accept4")
package func accept4(
    _ descriptor: Int32,
    _ address: UnsafeMutablePointer<sockaddr>?,
    _ length: UnsafeMutablePointer<socklen_t>?,
    _ flags: Int32
) -> Int32

/// Changes which blocks a file has; `off_t` has 64 bits here.
@_silgen_name("fallocate")
package func fallocate(_ descriptor: Int32, _ mode: Int32, _ offset: Int, _ length: Int) -> Int32

/// Reads an extended attribute of a file.
@_silgen_name("getxattr")
package func getxattr(
    _ path: UnsafePointer<CChar>,
    _ name: UnsafePointer<CChar>,
    _ value: UnsafeMutableRawPointer?,
    _ size: Int
) -> Int

@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
package func posix_spawn_file_actions_addclosefrom_np(
    _ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>,
    _ first: Int32
) -> Int32

@_silgen_name("posix_spawn_file_actions_addchdir_np")
package func posix_spawn_file_actions_addchdir_np(
    _ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>,
    _ path: UnsafePointer<CChar>
) -> Int32

/// Constants of Linux that Glibc's Swift module leaves out.
package enum Linux {
    /// Opens a place in the file tree without access to its content.
    package static let openPathOnly: Int32 = 0o10_000_000
    /// Makes the spawned process lead a session of its own.
    package static let spawnInNewSession: Int16 = 0x80
    /// `prctl`: orphaned descendants become children of the caller.
    package static let setChildSubreaper: Int32 = 36
    /// Socket option: who is at the other end of a unix socket.
    package static let peerCredentials: Int32 = 17
    /// Socket flag: closed in spawned processes.
    package static let socketClosesOnExec: Int32 = 0o2_000_000
    /// Socket flag: calls return at once.
    package static let socketDoesNotBlock: Int32 = 0o4_000
    /// `fallocate`: gives a range of a file back to the disk; its length stays, and the range reads as zeros.
    package static let punchHole: Int32 = 0o3
    /// `lseek`: to the next byte at or after a place that the file has blocks for.
    package static let seekData: Int32 = 3
    /// `lseek`: to the next byte at or after a place that the file has no blocks for; the end counts as one.
    package static let seekHole: Int32 = 4
}
