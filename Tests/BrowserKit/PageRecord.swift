import Core

/// What a page has said since it was opened or since its record was last forgotten.
package struct PageRecord: Sendable {
    /// Errors in the console, exceptions, and what the content security policy refused.
    ///
    /// Answers such as 404, which the console reports as well, are in the requests.
    package private(set) var problems: [String] = []
    /// All requests in their order.
    package private(set) var requests: [PageRequest] = []
    /// Loaders whose documents have been loaded.
    private(set) var loaded: [String] = []
    /// Dialogs that a script opened.
    package private(set) var dialogs: [String] = []

    private mutating func change(_ parameters: JSONValue, _ body: (inout PageRequest) -> Void) {
        let id = parameters["requestId"]?.text
        guard let index = requests.lastIndex(where: { $0.id == id }) else { return }
        body(&requests[index])
    }

    /// Takes up an event of the browser.
    mutating func take(_ method: String, _ parameters: JSONValue) {
        switch method {
        case "Network.requestWillBeSent":
            let redirected = parameters["redirectResponse"]
            change(parameters) { request in
                guard let redirected else { return }
                request.status = redirected["status"]?.int
                request.isOver = true
                request.bytes += redirected["encodedDataLength"]?.int ?? 0
            }
            requests.append(PageRequest(parameters))
        case "Network.requestServedFromCache": change(parameters) { $0.isFromCache = true }
        case "Network.responseReceived":
            change(parameters) { request in
                request.status = parameters["response"]?["status"]?.int
                if parameters["response"]?["fromDiskCache"]?.isTrue == true { request.isFromCache = true }
            }
        case "Network.loadingFinished":
            change(parameters) { request in
                request.bytes += parameters["encodedDataLength"]?.int ?? 0
                request.isOver = true
            }
        case "Network.loadingFailed":
            change(parameters) { request in
                request.isOver = true
                request.failure = parameters["errorText"]?.text
            }
        case "Page.lifecycleEvent":
            guard parameters["name"] == "load", let loader = parameters["loaderId"]?.text else { return }
            loaded.append(loader)
        case "Page.javascriptDialogOpening": dialogs.append(parameters["message"]?.text ?? "")
        default: takeProblem(method, parameters)
        }
    }

    private mutating func takeProblem(_ method: String, _ parameters: JSONValue) {
        switch method {
        case "Runtime.exceptionThrown":
            let details = parameters["exceptionDetails"]
            let text = details?["exception"]?["description"]?.text ?? details?["text"]?.text ?? "exception"
            problems.append("exception: \(text)")
        case "Runtime.consoleAPICalled":
            guard parameters["type"] == "error" else { return }
            let words = parameters["args"]?.list.compactMap { $0["value"]?.plainText ?? $0["description"]?.text } ?? []
            problems.append("console: \(words.joined(separator: " "))")
        case "Log.entryAdded":
            let entry = parameters["entry"]
            guard entry?["level"] == "error", entry?["source"] != "network" else { return }
            problems.append("\(entry?["source"]?.text ?? "log"): \(entry?["text"]?.text ?? "")")
        case "Audits.issueAdded":
            guard let details = parameters["issue"]?["details"]?["contentSecurityPolicyIssueDetails"] else { return }
            problems.append("content security policy: \(details)")
        default: break
        }
    }
}

/// A request that a page made.
package struct PageRequest: Sendable, CustomStringConvertible {
    let id: String
    package let url: String
    package let method: String
    /// `Document`, `Stylesheet`, `Script`, `Fetch`, `EventSource` and so on.
    package let type: String
    package internal(set) var status: Int?
    /// Bytes on the wire, headers included.
    package internal(set) var bytes = 0
    package internal(set) var isFromCache = false
    package internal(set) var isOver = false
    /// Why it did not succeed, as the browser calls it.
    package internal(set) var failure: String?

    init(_ parameters: JSONValue) {
        id = parameters["requestId"]?.text ?? ""
        url = parameters["request"]?["url"]?.text ?? ""
        method = parameters["request"]?["method"]?.text ?? ""
        type = parameters["type"]?.text ?? ""
    }

    package var description: String { "\(method) \(url) (\(type)) \(status.map(String.init) ?? "-"), \(bytes) bytes" }
}
