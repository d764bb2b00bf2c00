package import Core
import Postgres

/// What one version of a DAG was made of: its file, and the calendars that its schedule names.
package struct VersionSource: Hashable, Sendable {
    /// The DAG's id.
    package var dag: String
    /// The file it comes from, relative to the folder.
    package var path: String
    /// The file's bytes.
    package var bytes: [UInt8]
    /// The texts of the calendars' files, by name; all that are needed.
    package var calendars: [String: [UInt8]]

    /// Joins the parts.
    package init(dag: String, path: String, bytes: [UInt8], calendars: [String: [UInt8]] = [:]) {
        self.dag = dag
        self.path = path
        self.bytes = bytes
        self.calendars = calendars
    }

    /// The calendars as a JSON object of texts, in the order of their names.
    package var calendarsJSON: JSONValue {
        .object(
            calendars.sorted { $0.key < $1.key }.map {
                JSONValue.Member(name: $0.key, value: .string(String(decoding: $0.value, as: UTF8.self)))
            }
        )
    }

    /// Reads calendars that were written as JSON; what is not a text is left out.
    package static func calendars(of json: JSONValue?) -> [String: [UInt8]] {
        guard case .object(let members) = json else { return [:] }
        var calendars: [String: [UInt8]] = [:]
        for member in members {
            if case .string(let text) = member.value { calendars[member.name] = Array(text.utf8) }
        }
        return calendars
    }
}

extension VersionSource {
    /// What `init(row:)` reads of a `dag_version v` and its `dag d`.
    static let columns = "d.name, d.path, v.source, v.calendars"

    init(row: Row) throws(DatabaseError) {
        dag = try row.decode(0)
        path = try row.decode(1)
        bytes = try row.decode(2)
        calendars = Self.calendars(of: JSONValue(parsing: try row.decode(3, as: JSONText.self).text))
    }
}
