import Core

extension Page {
    /// Presses a key and lets it go: a character such as `g`, or `Tab`, `Enter`, `Escape`, `ArrowDown` and so on.
    package func press(_ key: String, shift: Bool = false) async throws {
        let stroke = KeyStroke(key, shift: shift)
        try await send("Input.dispatchKeyEvent", stroke.event(stroke.text == nil ? "rawKeyDown" : "keyDown"))
        try await send("Input.dispatchKeyEvent", stroke.event("keyUp"))
    }

    /// Presses one key after the other.
    package func press(_ keys: [String]) async throws {
        for key in keys { try await press(key) }
    }

    /// Types a text into the element that has the focus.
    package func type(_ text: String) async throws {
        try await send("Input.insertText", ["text": .string(text)])
    }

    /// Where an element is pressed.
    package enum Spot: String {
        case middle
        /// Before its first letter.
        case start
        /// Behind its last letter.
        case end
    }

    /// Presses the first element for a selector, as a mouse does, after scrolling to it.
    package func click(_ selector: String, at spot: Spot = .middle, shift: Bool = false) async throws {
        // What was far away is drawn only in the next frame; a page without scripts has none of its own.
        let frame = spot == .middle ? "" : "await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"
        let place = try await evaluate(
            """
            (async () => {
              const element = document.querySelector(\(JSONValue.string(selector)));
              if (!element) return null;
              element.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
              \(frame)
              const box = element.getClientRects()[0];
              const text = document.createRange();
              text.selectNodeContents(element);
              const letters = [...text.getClientRects()];
              if (!box) return null;
              const y = box.top + box.height / 2;
              if ("\(spot)" === "start") return [letters[0].left + 1, y];
              if ("\(spot)" === "end") return [letters.at(-1).right + 2, letters.at(-1).bottom - 4];
              return [box.left + box.width / 2, y];
            })()
            """
        )
        guard place.list.count == 2 else { throw BrowserError.noElement(selector) }
        for kind in ["mousePressed", "mouseReleased"] {
            try await send(
                "Input.dispatchMouseEvent",
                [
                    "type": .string(kind), "x": place.list[0], "y": place.list[1], "button": "left", "clickCount": 1,
                    "modifiers": JSONValue(shift ? 8 : 0),
                ]
            )
        }
    }

    /// Copies what is selected, as Ctrl+C does.
    package func copy() async throws {
        for type in ["rawKeyDown", "keyUp"] {
            try await send(
                "Input.dispatchKeyEvent",
                [
                    "type": .string(type), "key": "c", "code": "KeyC", "windowsVirtualKeyCode": 67, "modifiers": 2,
                    "commands": .array(type == "keyUp" ? [] : ["copy"]),
                ]
            )
        }
    }

    /// Lets the pages of a site read and write the clipboard.
    package func allowClipboard(of site: String) async throws {
        try await browser.send(
            "Browser.grantPermissions",
            [
                "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": .string(site),
                "browserContextId": .string(context),
            ]
        )
    }

    /// Puts the focus on the first element for a selector.
    package func focus(_ selector: String) async throws {
        let isThere = try await isTrue(
            """
            (() => {
              const element = document.querySelector(\(JSONValue.string(selector)));
              element?.focus();
              return !!element;
            })()
            """
        )
        guard isThere else { throw BrowserError.noElement(selector) }
    }
}

/// A key as the browser is told of it.
struct KeyStroke {
    let key: String
    let code: String
    let number: Int
    let text: String?
    let modifiers: Int

    private static let named: [String: Int] = [
        "Tab": 9, "Enter": 13, "Escape": 27, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36, "ArrowLeft": 37,
        "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Delete": 46, "Backspace": 8,
    ]

    init(_ key: String, shift: Bool) {
        self.key = key == "Space" ? " " : key
        modifiers = shift ? 8 : 0
        if let number = Self.named[key] {
            code = key
            self.number = number
            text = key == "Enter" ? "\r" : nil
        } else if key == "Space" {
            code = "Space"
            number = 32
            text = " "
        } else {
            let upper = key.uppercased()
            let isLetter = upper.unicodeScalars.allSatisfy { ("A"..."Z").contains($0) }
            code = isLetter ? "Key\(upper)" : ""
            number = Int(upper.unicodeScalars.first?.value ?? 0)
            text = key
        }
    }

    func event(_ type: String) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init(name: "type", value: .string(type)), .init(name: "key", value: .string(key)),
            .init(name: "code", value: .string(code)), .init(name: "modifiers", value: JSONValue(modifiers)),
            .init(name: "windowsVirtualKeyCode", value: JSONValue(number)),
        ]
        if let text, type == "keyDown" { members.append(.init(name: "text", value: .string(text))) }
        return .object(members)
    }
}
