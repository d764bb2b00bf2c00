import Hummingbird
import Scheduler
import Store

extension Site {
    /// Does what a form asks for, once, however often it is sent, and leads on to where the body says.
    ///
    /// Every form carries a random key. A form that was used before does nothing again, be it by a second press, by
    /// the way back, or by a reload; it leads to `place`, which is given the name of what was made then, if any.
    func act(
        _ fields: FormFields,
        _ request: Request,
        again place: (String?) -> String,
        _ body: (Operations) async throws -> String
    ) async throws -> Response {
        do {
            return redirect(to: try await body(try operations(for: fields, request)))
        } catch OperationError.sentBefore(let result) {
            return redirect(to: Banner.path(place(result), done: "again"))
        }
    }

    /// The verbs as a form may use them: under its key, if it has one.
    private func operations(for fields: FormFields, _ request: Request) throws(RequestError) -> Operations {
        guard let key = fields.filled(Self.onceField) else { return operations }
        let isKey = key.utf8.allSatisfy { byte in
            (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard isKey, key.utf8.count <= 100 else {
            throw .invalid("The form's key is none of ours. Load the page again and repeat what you did.")
        }
        // All forms of a page share its key.
        return operations.once("\(request.uri.path) \(key)")
    }

    /// The field that makes a form act once.
    static let onceField = "once"

    /// Puts a fresh key into every form of a page that proves its origin by the session's.
    static func withOnce(_ html: String, formKey: String) -> String {
        let mark = "<input type=\"hidden\" name=\"form_key\" value=\"\(HTMLText.escape(formKey))\">"
        let field = "<input type=\"hidden\" name=\"\(onceField)\" value=\"\(Secret().text)\">"
        var result = ""
        var rest = html[...]
        while let found = rest.firstRange(of: mark) {
            result += rest[..<found.upperBound]
            result += field
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}
