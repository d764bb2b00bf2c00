import Core

/// What every page has around its own content.
struct PageView: Sendable {
    var title: String
    var crumbs: [CrumbView] = []
    /// The section that the heading marks as present.
    var section = Section.none
    /// The sentence that tells what the last form did.
    var banner: String?
    /// Seconds between refreshes by script; nil where nothing on the page moves.
    var refresh: Int?
    /// Where the skip link leads.
    var skipTarget = "main"
    var skipWords = "Skip to the content"
    /// The favicon's glyph class.
    var mood = "success"
    /// What the search field holds.
    var searchText = ""

    /// The parts of the site.
    enum Section: String, Sendable {
        case none, now, dags, runs, incidents, failures, runners, pools, backfills
    }
}

/// One step of the way from the root.
struct CrumbView: Sendable {
    let path: String?
    let text: String

    init(_ text: String, path: String? = nil) {
        self.text = text
        self.path = path
    }
}

/// What the layout's template reads.
struct LayoutView: Sendable {
    let title: String
    let crumbs: [CrumbView]
    let hasCrumbs: Bool
    let nav: [NavView]
    let banner: String?
    let refresh: Int?
    /// The DAG whose changes the page shows; nil: those of all.
    var topic: String?
    /// Tells this content from a later one.
    var tag: String?
    /// Which changes it shows: what `/events` tells after this place is newer.
    var place: String?
    /// For paper: where the page was.
    var address: String?
    let searchText: String
    let skipTarget: String
    let skipWords: String
    let icon: String
    let stylesheet: String
    let script: String
    let content: String
    let clock: Moment
    let version: String
    let isSignedIn: Bool
    let formKey: String
}

/// One entry of the heading.
struct NavView: Sendable {
    let path: String
    let text: String
    let isHere: Bool
}
