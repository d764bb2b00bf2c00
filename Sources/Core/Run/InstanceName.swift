/// How a person is told of a task, or of one of a mapped task's instances.
package enum InstanceName {
    /// The task's id, and the instance's place in brackets where there is one: `load [3]`.
    package static func text(_ task: String, _ mapIndex: Int?) -> String {
        mapIndex.map { "\(task) [\($0)]" } ?? task
    }

    /// The same as one word, where words are told apart by spaces: `load[3]`.
    package static func word(_ task: String, _ mapIndex: Int?) -> String {
        mapIndex.map { "\(task)[\($0)]" } ?? task
    }
}
