import Core
import YAML

extension DAGFile {
    /// The longest id, in bytes.
    package static let longestID = 200

    /// Makes the id of a file: its path in the DAG folder without `.yaml` or `.yml`, folders joined by dots.
    /// - Throws: What in the path cannot be part of an id.
    package static func id(forPath relative: String) throws(DAGIDError) -> String {
        var stem = relative[...]
        if stem.hasSuffix(".yaml") {
            stem = stem.dropLast(5)
        } else if stem.hasSuffix(".yml") {
            stem = stem.dropLast(4)
        } else {
            throw .notYAML(path: relative)
        }
        let id = String(stem.map { $0 == "/" ? "." : $0 })
        for part in id.split(separator: ".", omittingEmptySubsequences: false) {
            guard TextRule.isNamePart(String(part)) else {
                throw .badName(path: relative, part: String(part))
            }
        }
        guard id.utf8.count <= longestID else { throw .tooLong(path: relative, bytes: id.utf8.count) }
        return id
    }
}

/// Why a file's path makes no DAG id.
package enum DAGIDError: Error, Hashable, Sendable {
    case notYAML(path: String)
    case badName(path: String, part: String)
    case tooLong(path: String, bytes: Int)
}

extension DAGIDError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notYAML(let path): "'\(path.shortened)' is no DAG file: its name ends neither in .yaml nor in .yml"
        case .badName(let path, let part):
            "'\(path.shortened)' cannot be a DAG's id: '\(part.shortened)' is not made of letters, digits, '_' and '-'. "
                + "Rename the file or its folder"
        case .tooLong(let path, let bytes):
            "'\(path.shortened)' makes an id of \(bytes) bytes; at most \(DAGFile.longestID) are allowed. "
                + "Rename the file or its folders"
        }
    }
}
