/// The size and the sort of a screen.
package struct Screen: Sendable {
    package let width: Int
    package let height: Int
    /// Whether it is touched, so that pointers are coarse.
    package let isTouched: Bool

    /// A screen of that size in CSS pixels.
    package init(width: Int, height: Int, isTouched: Bool = false) {
        self.width = width
        self.height = height
        self.isTouched = isTouched
    }

    package static let desktop = Screen(width: 1280, height: 800)
    package static let phone = Screen(width: 360, height: 740, isTouched: true)
}
