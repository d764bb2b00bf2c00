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

    /// Presses the middle of the first element for a selector, as a mouse does, after scrolling to it.
    package func click(_ selector: String) async throws {
        let place = try await evaluate(
            """
            (() => {
              const element = document.querySelector(\(JSONValue.string(selector)));
              if (!element) return null;
              element.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
              const box = element.getClientRects()[0];
              return box && [box.left + box.width / 2, box.top + box.height / 2];
            })()
            """
        )
        guard place.list.count == 2 else { throw BrowserError.noElement(selector) }
        for kind in ["mousePressed", "mouseReleased"] {
            try await send(
                "Input.dispatchMouseEvent",
                ["type": .string(kind), "x": place.list[0], "y": place.list[1], "button": "left", "clickCount": 1]
            )
        }
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
