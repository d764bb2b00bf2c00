/// Where a crontab comes from, and what that means for all of its jobs.
package struct CrontabSource: Hashable, Sendable {
    /// As people know it: a path, or a host.
    package var name: String
    /// The zone whose clocks its jobs follow.
    package var timezone: String
    /// The user to whom it belongs, where that is known and its lines do not say.
    package var user: String?
    /// The runner that stands for its host; nil: this host, or any.
    package var runner: String?
    /// Whether its jobs are only to be noted when they are due.
    package var isShadow: Bool

    /// Describes a source.
    package init(name: String, timezone: String, user: String? = nil, runner: String? = nil, isShadow: Bool = false) {
        self.name = name
        self.timezone = timezone
        self.user = user
        self.runner = runner
        self.isShadow = isShadow
    }
}
