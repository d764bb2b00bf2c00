import AttemptProtocol
import DAGFile
import Glibc
import Host
import YAML

/// The calendars that belong to a DAG file on this machine: those of the folder `calendars` beside it, or above.
enum CalendarFolder {
    /// The calendars for a file that is checked or read without a server.
    static func calendars(forFile path: String) -> CalendarSet {
        var folder = absolute(path)
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            let place = folder + "/" + CalendarFile.folder
            if FileFacts(path: place)?.isFolder == true { return calendars(in: DAGFolder(path: folder)) }
        }
        return .empty
    }

    /// The calendars of a DAG folder; what cannot be read is as if it were not there, which its users say.
    static func calendars(in folder: DAGFolder) -> CalendarSet {
        var inner = DAGFolder(path: folder.path + "/" + CalendarFile.folder)
        inner.largestFile = folder.largestFile
        var sources: [String: [UInt8]] = [:]
        // A folder of DAG files and one of calendars are looked through alike; ids are file names in both.
        let files = (try? inner.scan().files) ?? []
        for file in files where !file.path.contains("/") { sources[file.id] = try? inner.read(file).bytes }
        return CalendarSet(sources)
    }

    private static func absolute(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
