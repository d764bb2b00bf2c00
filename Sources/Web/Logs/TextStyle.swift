/// How terminal text looks: what SGR sequences have asked for so far.
struct TextStyle: Hashable, Sendable {
    /// 0 to 15; nil: the page's own.
    var foreground: Int?
    var background: Int?
    var isBold = false
    var isDim = false
    var isItalic = false
    var isUnderlined = false
    var isStruck = false
    var isReversed = false

    /// The classes of the stylesheet; empty for plain text.
    var classes: String {
        var names: [String] = []
        if isBold { names.append("bo") }
        if isDim { names.append("di") }
        if isItalic { names.append("it") }
        if isUnderlined { names.append("un") }
        if isStruck { names.append("sk") }
        if let foreground { names.append("f\(foreground)") }
        if let background { names.append("b\(background)") }
        if isReversed { names.append("rv") }
        return names.joined(separator: " ")
    }

    /// Applies the numbers of one `ESC [ … m`.
    mutating func apply(_ numbers: [Int]) {
        var rest = numbers[...]
        if rest.isEmpty { self = TextStyle() }
        while let number = rest.popFirst() {
            switch number {
            case 0: self = TextStyle()
            case 1: isBold = true
            case 2: isDim = true
            case 3: isItalic = true
            case 4: isUnderlined = true
            case 7: isReversed = true
            case 9: isStruck = true
            case 21, 22:
                isBold = false
                isDim = false
            case 23: isItalic = false
            case 24: isUnderlined = false
            case 27: isReversed = false
            case 29: isStruck = false
            case 30...37: foreground = number - 30
            case 38: if let colour = Self.extended(&rest) { foreground = colour }
            case 39: foreground = nil
            case 40...47: background = number - 40
            case 48: if let colour = Self.extended(&rest) { background = colour }
            case 49: background = nil
            case 90...97: foreground = number - 82
            case 100...107: background = number - 92
            default: break
            }
        }
    }

    /// Reads what follows 38 or 48, and finds the nearest of our sixteen colours.
    private static func extended(_ rest: inout ArraySlice<Int>) -> Int? {
        switch rest.popFirst() {
        case 5:
            guard let index = rest.popFirst(), (0...255).contains(index) else { return nil }
            return nearest(toIndex: index)
        case 2:
            guard rest.count >= 3 else {
                rest = []
                return nil
            }
            let parts = rest.prefix(3)
            rest = rest.dropFirst(3)
            return nearest(to: parts.map { min(255, max(0, $0)) })
        default: return nil
        }
    }

    private static func nearest(toIndex index: Int) -> Int {
        if index < 16 { return index }
        if index >= 232 {
            let grey = 8 + (index - 232) * 10
            return nearest(to: [grey, grey, grey])
        }
        let cube = index - 16
        return nearest(to: [cube / 36, cube / 6 % 6, cube % 6].map { $0 == 0 ? 0 : 55 + 40 * $0 })
    }

    private static func nearest(to colour: [Int]) -> Int {
        var best = (index: 0, distance: Int.max)
        for (index, known) in palette.enumerated() {
            let distance = zip(known, colour).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            if distance < best.distance { best = (index, distance) }
        }
        return best.index
    }

    private static let palette: [[Int]] = [
        [0, 0, 0], [205, 0, 0], [0, 205, 0], [205, 205, 0], [0, 0, 238], [205, 0, 205], [0, 205, 205],
        [229, 229, 229], [127, 127, 127], [255, 0, 0], [0, 255, 0], [255, 255, 0], [92, 92, 255], [255, 0, 255],
        [0, 255, 255], [255, 255, 255],
    ]
}
