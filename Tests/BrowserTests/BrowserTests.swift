import Testing

/// What people see and do, in a headless Chromium at a running server; subjects are extensions, each in its own file.
///
/// One test at a time: they share one browser and one server, and a processor or two.
@Suite(.serialized) struct BrowserTests {}
