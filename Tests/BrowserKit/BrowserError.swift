/// Why the browser did not do what a test asked of it.
package enum BrowserError: Error, CustomStringConvertible {
    /// There is no program that could be it.
    case notInstalled
    case notStarted(errno: Int32)
    /// It has ended; the text is what it wrote last.
    case ended(log: String)
    /// It refused a command.
    case refused(method: String, words: String)
    /// A script of the test threw.
    case script(String, exception: String)
    /// There is no element, or none that could be pressed.
    case noElement(String)
    /// A page did not load.
    case notLoaded(url: String, reason: String)
    /// The accessibility rules are not there.
    case noRules(path: String)

    package var description: String {
        switch self {
        case .notInstalled:
            "chromium-headless-shell is nowhere to be found. Install the package chromium-headless-shell"
        case .notStarted(let errno): "The browser could not be run: error \(errno)"
        case .ended(let log): "The browser has ended. It wrote: \(log.suffix(2000))"
        case .refused(let method, let words): "\(method): \(words)"
        case .script(let script, let exception): "\(exception)\n--- in\n\(script.prefix(600))"
        case .noElement(let selector): "There is no visible element for \(selector)"
        case .notLoaded(let url, let reason): "\(url) was not loaded: \(reason)"
        case .noRules(let path): "There is no \(path). Run scripts/fetch-axe, as `make test` does"
        }
    }
}
