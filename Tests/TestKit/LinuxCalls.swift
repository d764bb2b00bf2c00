package import Glibc

// Calls that Glibc's Swift module leaves out because it is built without _GNU_SOURCE. The names are the C symbols.

/// Closes all descriptors from a number on in what is spawned.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
package func addCloseFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32

@_silgen_name("posix_spawn_file_actions_addchdir_np")
func addChangeFolder(
    _ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>,
    _ path: UnsafePointer<CChar>
) -> Int32

/// Makes a pipe whose ends have flags from the beginning.
@_silgen_name("pipe2")
package func pipe2(_ ends: UnsafeMutablePointer<Int32>, _ flags: Int32) -> Int32
