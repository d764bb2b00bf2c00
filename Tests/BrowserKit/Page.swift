package import Core
import Synchronization
import TestKit

/// A tab of the browser, by default in a context of its own: with no cookies, cache or storage of others.
package final class Page: Sendable {
    package let browser: Browser
    /// The context, which other tabs may share.
    package let context: String
    let target: String
    let session: String
    /// What media queries are answered, by the feature's name.
    let media = Mutex<[String: String]>([:])
    let mediaType = Mutex("")

    private init(browser: Browser, context: String, target: String, session: String) {
        self.browser = browser
        self.context = context
        self.target = target
        self.session = session
    }

    /// Opens an empty tab.
    package init(_ screen: Screen = .desktop, in sharedContext: String? = nil) async throws {
        let browser = try await Browser.shared()
        let context: String
        if let sharedContext {
            context = sharedContext
        } else {
            context = try await browser.send("Target.createBrowserContext")["browserContextId"]?.text ?? ""
        }
        let made = try await browser.send(
            "Target.createTarget",
            ["url": "about:blank", "browserContextId": .string(context)]
        )
        let target = made["targetId"]?.text ?? ""
        let attached = try await browser.send(
            "Target.attachToTarget",
            ["targetId": .string(target), "flatten": true]
        )
        self.browser = browser
        self.context = context
        self.target = target
        session = attached["sessionId"]?.text ?? ""
        for domain in ["Page", "Network", "Runtime", "Log", "Audits"] { try await send("\(domain).enable") }
        try await send("Page.setLifecycleEventsEnabled", ["enabled": true])
        try await send("Emulation.setFocusEmulationEnabled", ["enabled": true])
        try await show(on: screen)
    }

    /// Closes the tab; with the last tab of its context, that goes as well.
    package func close(withContext: Bool = true) async throws {
        if withContext {
            try await browser.send("Target.disposeBrowserContext", ["browserContextId": .string(context)])
        } else {
            try await browser.send("Target.closeTarget", ["targetId": .string(target)])
        }
        browser.close(session)
    }

    /// Sends a command of the protocol to the tab.
    @discardableResult package func send(_ method: String, _ parameters: JSONValue = [:]) async throws -> JSONValue {
        try await browser.send(method, parameters, session: session)
    }

    // MARK: - What it has said

    package var record: PageRecord { browser.record(of: session) }

    /// Forgets requests and problems so far.
    package func forget() { browser.forget(session) }

    // MARK: - Navigation

    /// Opens an address and waits until it has been loaded.
    package func open(_ url: String) async throws {
        let answer = try await send("Page.navigate", ["url": .string(url)])
        if let reason = answer["errorText"]?.text { throw BrowserError.notLoaded(url: url, reason: reason) }
        // Within a document, there is no loader.
        guard let loader = answer["loaderId"]?.text else { return }
        try await eventually("end of loading \(url)") { record.loaded.contains(loader) }
    }

    /// Does something that leads to another document, and waits until that has been loaded.
    package func follow(_ body: () async throws -> Void) async throws {
        let before = Set(record.loaded)
        try await body()
        try await eventually("another page") { !Set(record.loaded).subtracting(before).isEmpty }
    }

    package func reload() async throws { try await follow { try await send("Page.reload") } }

    /// Goes back in the tab's history.
    package func goBack() async throws {
        let history = try await send("Page.getNavigationHistory")
        let entries = history["entries"]?.list ?? []
        guard let index = history["currentIndex"]?.int, index > 0, let id = entries[index - 1]["id"] else {
            throw BrowserError.refused(method: "back", words: "there is no page before this one")
        }
        try await follow { try await send("Page.navigateToHistoryEntry", ["entryId": id]) }
    }

    // MARK: - Scripts

    /// Evaluates an expression in the page, waiting for a promise.
    @discardableResult package func evaluate(_ script: String) async throws -> JSONValue {
        let answer = try await send(
            "Runtime.evaluate",
            [
                "expression": .string(script), "awaitPromise": true, "returnByValue": true, "userGesture": true,
            ]
        )
        if let details = answer["exceptionDetails"] {
            let text = details["exception"]?["description"]?.text ?? details["text"]?.text ?? "\(details)"
            throw BrowserError.script(script, exception: text)
        }
        return answer["result"]?["value"] ?? .null
    }

    /// The text that an expression gives; empty where it gives none.
    package func text(_ script: String) async throws -> String { try await evaluate(script).plainText ?? "" }

    /// The number that an expression gives; not a number where it gives none.
    package func number(_ script: String) async throws -> Double { try await evaluate(script).double ?? .nan }

    /// Whether an expression gives true.
    package func isTrue(_ script: String) async throws -> Bool { try await evaluate(script).isTrue }

    /// The texts that an expression gives as an array.
    package func texts(_ script: String) async throws -> [String] { try await evaluate(script).texts }

    /// Runs a script in each document before its own.
    package func addScript(_ script: String) async throws {
        try await send("Page.addScriptToEvaluateOnNewDocument", ["source": .string(script)])
    }

    /// Waits until an expression gives true, also across a change of document.
    package func wait(for script: String) async throws {
        try await eventually("moment at which \(script)") {
            do {
                return try await isTrue(script)
            } catch BrowserError.refused {
                // The document went away in the middle of the question.
                return false
            }
        }
    }

    /// How many elements the document has.
    package func countElements() async throws -> Int {
        Int(try await number("document.getElementsByTagName('*').length"))
    }

    /// The document's visible text.
    package func visibleText() async throws -> String { try await text("document.body.innerText") }

    /// The path and query of the address.
    package func address() async throws -> String { try await text("location.pathname + location.search") }
}
