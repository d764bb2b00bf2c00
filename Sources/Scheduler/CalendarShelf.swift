import Core
import DAGFile
import YAML

/// The calendars of a DAG folder as they were last read.
struct CalendarShelf: Sendable {
    private var files: [String: DAGFolder.File] = [:]
    private var sources: [String: [UInt8]] = [:]
    private var unreadable: [Problem] = []
    /// The calendars, ready for DAG files that name them.
    private(set) var calendars = CalendarSet.empty

    /// What is wrong with the calendars' files, by place.
    var problems: [Problem] { unreadable + calendars.problems }

    /// Reads what changed; true where something did.
    ///
    /// `isMoving`: Whether a file is still being written, so that what was last read of it stands.
    mutating func refresh(
        _ scan: DAGFolder.Scan,
        in folder: DAGFolder,
        isMoving: (DAGFolder.File) -> Bool
    ) -> Bool {
        var next = CalendarShelf()
        var hasChanged = false
        for file in scan.calendars {
            if let known = files[file.path], let source = sources[file.id],
                file.isUnchanged(since: known) || isMoving(file)
            {
                next.files[file.path] = known
                next.sources[file.id] = source
                continue
            }
            do throws(FolderError) {
                let (bytes, asRead) = try folder.read(file)
                next.files[file.path] = asRead
                next.sources[file.id] = bytes
                hasChanged = hasChanged || sources[file.id] != bytes
            } catch {
                next.unreadable.append(Problem(path: file.path, at: .start, error.description))
            }
        }
        hasChanged = hasChanged || next.sources.keys != sources.keys
        next.calendars = hasChanged ? CalendarSet(next.sources) : calendars
        self = next
        return hasChanged
    }
}
