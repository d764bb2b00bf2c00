/// What a keeper has on its host for an attempt that runs, beside what the rules need to know.
struct Hold {
    /// What is not as its limits ask for, in words.
    var limitNote: String?
    /// Whether it has a group of its own in the cgroup tree.
    var hasGroup = false
    /// Up to here the middle of its log was given back to the disk.
    var trimmedTo: Int64 = 0
    /// How many processes of this host had been ended for lack of memory before it started; nil: not known.
    var hostKillsBefore: Int?
}
