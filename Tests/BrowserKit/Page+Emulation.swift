import Core
import Synchronization

extension Page {
    /// Shows the page on a screen of that size and sort.
    package func show(on screen: Screen) async throws {
        try await send(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": JSONValue(screen.width), "height": JSONValue(screen.height), "deviceScaleFactor": 1,
                "mobile": .boolean(screen.isTouched),
            ]
        )
        try await send("Emulation.setTouchEmulationEnabled", ["enabled": .boolean(screen.isTouched)])
    }

    /// Hides the page as one behind others is, by minimising its window, or shows it again.
    package func setVisible(_ isVisible: Bool) async throws {
        // A page with an emulated focus counts as seen.
        try await send("Emulation.setFocusEmulationEnabled", ["enabled": .boolean(isVisible)])
        let window = try await browser.send("Browser.getWindowForTarget", ["targetId": .string(target)])
        guard let id = window["windowId"] else {
            throw BrowserError.refused(method: "Browser.getWindowForTarget", words: "\(window)")
        }
        try await browser.send(
            "Browser.setWindowBounds",
            ["windowId": id, "bounds": ["windowState": isVisible ? "normal" : "minimized"]]
        )
    }

    /// Answers a media query, such as `prefers-color-scheme` with `dark`, from now on.
    package func setMedia(_ feature: String, _ value: String) async throws {
        media.withLock { $0[feature] = value }
        try await sendMedia()
    }

    /// Shows the page as for that medium, such as `print`; empty for the screen.
    package func setMediaType(_ type: String) async throws {
        mediaType.withLock { $0 = type }
        try await sendMedia()
    }

    private func sendMedia() async throws {
        let features = media.withLock { $0 }.sorted { $0.key < $1.key }
        try await send(
            "Emulation.setEmulatedMedia",
            [
                "media": .string(mediaType.withLock { $0 }),
                "features": .array(features.map { ["name": .string($0.key), "value": .string($0.value)] }),
            ]
        )
    }

    /// Turns the page's own scripts off, or on again; those of the test still run.
    package func allowScripts(_ isAllowed: Bool) async throws {
        try await send("Emulation.setScriptExecutionDisabled", ["value": .boolean(!isAllowed)])
    }

    /// Makes processor and network as slow as those of a phone on the road: a quarter, 150 ms and 1.6 Mbit/s.
    package func slowDown() async throws {
        try await send("Emulation.setCPUThrottlingRate", ["rate": 4])
        try await setNetwork(latency: 150, bytesPerSecond: 200_000)
    }

    /// Cuts the network, or gives it back.
    package func setOffline(_ isOffline: Bool) async throws {
        try await setNetwork(latency: 0, bytesPerSecond: -1, isOffline: isOffline)
    }

    private func setNetwork(latency: Int, bytesPerSecond: Int, isOffline: Bool = false) async throws {
        try await send(
            "Network.emulateNetworkConditions",
            [
                "offline": .boolean(isOffline), "latency": JSONValue(latency),
                "downloadThroughput": JSONValue(bytesPerSecond), "uploadThroughput": JSONValue(bytesPerSecond),
            ]
        )
    }

    /// Lets requests fail whose addresses match one of the patterns, which may hold `*`.
    package func block(_ patterns: [String]) async throws {
        try await send("Network.setBlockedURLs", ["urls": .array(patterns.map { .string($0) })])
    }

    /// Forgets nothing but makes each request go out, as at a first visit.
    package func disableCache(_ isDisabled: Bool = true) async throws {
        try await send("Network.setCacheDisabled", ["cacheDisabled": .boolean(isDisabled)])
    }

    /// Shows colours as people see them who lack a sort of cone: `protanopia`, `deuteranopia`, `tritanopia`,
    /// `achromatopsia` or `none`.
    package func setVision(_ deficiency: String) async throws {
        try await send("Emulation.setEmulatedVisionDeficiency", ["type": .string(deficiency)])
    }
}
