import Core
import Foundation

/// `web/openapi.json`, as a promise that answers are held to.
struct APIDescription {
    let document: JSONValue

    /// Reads the file that is embedded in the program.
    init(file: StaticString = #filePath) throws {
        let root = "\(file)".split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(root)/web/openapi.json", encoding: .utf8)
        guard let document = JSONValue(parsing: text) else { throw Trouble.notJSON }
        self.document = document
    }

    enum Trouble: Error {
        case notJSON
    }

    /// Each route as `GET /runs/{dag}/{key}`: those of the API, or of pages, which have a root of their own.
    func routes(ofPages: Bool = false) -> Set<String> {
        var routes: Set<String> = []
        for (path, item) in document["paths"]?.members ?? [] where (item["servers"] != nil) == ofPages {
            for (method, _) in item.members where !["parameters", "servers"].contains(method) {
                routes.insert("\(method.uppercased()) \(path)")
            }
        }
        return routes
    }

    /// Says what is wrong with an answer; nothing where it is as described.
    func problems(method: String, path: String, status: Int, type: String?, body: String) -> [String] {
        guard let operation = operation(method, path) else { return ["\(method) \(path) is not described"] }
        guard let response = operation["responses"]?["\(status)"] else {
            return ["\(method) \(path) is not described to answer \(status)"]
        }
        guard let content = response["content"] else { return body.isEmpty ? [] : ["there should be no body"] }
        guard let media = content[type?.split(separator: ";").first.map(String.init) ?? ""] else {
            return ["\(method) \(path) should not answer with \(type ?? "no type")"]
        }
        guard type == "application/json", let schema = media["schema"] else { return [] }
        guard let value = JSONValue(parsing: body) else { return ["the body is not JSON: \(body.prefix(200))"] }
        return SchemaValidator(document: document).problems(value, schema, at: "$")
    }

    /// The described operation for a concrete path below its root.
    private func operation(_ method: String, _ path: String) -> JSONValue? {
        let parts = path.split(separator: "/")
        let candidates = (document["paths"]?.members ?? []).filter { template, item in
            let wanted = template.split(separator: "/")
            return wanted.count == parts.count && item[method.lowercased()] != nil
                && path.hasSuffix(".json") == template.hasSuffix(".json")
                && zip(wanted, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        let best = candidates.min { left, right in
            left.0.count { $0 == "{" } < right.0.count { $0 == "{" }
        }
        return best?.1[method.lowercased()]
    }
}

extension JSONValue {
    /// The members of an object; none for other values.
    var members: [(String, JSONValue)] {
        if case .object(let members) = self { return members.map { ($0.name, $0.value) } }
        return []
    }

    /// The elements of an array; none for other values.
    var elements: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// The text; nil for other values.
    var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }
}
