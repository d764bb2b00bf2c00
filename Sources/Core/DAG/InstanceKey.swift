/// One instance of a task within its run.
package struct InstanceKey: Hashable, Sendable {
    /// The task's position in its version's file.
    package var task: Int
    /// Which of a mapped task's instances it is; `whole` where the task is not mapped, or has no instances yet.
    package var mapIndex: Int

    /// The map index of a task that is one instance.
    package static let whole = -1

    /// Names an instance; without a map index, the task as a whole.
    package init(task: Int, mapIndex: Int = InstanceKey.whole) {
        self.task = task
        self.mapIndex = mapIndex
    }

    /// Whether it is the task as a whole.
    package var isWhole: Bool { mapIndex == InstanceKey.whole }
}

extension InstanceKey: Comparable {
    package static func < (left: InstanceKey, right: InstanceKey) -> Bool {
        (left.task, left.mapIndex) < (right.task, right.mapIndex)
    }
}
