package import Core

extension StartOrder {
    private enum Tag {
        static let id: UInt8 = 1
        static let bootID: UInt8 = 2
        static let script: UInt8 = 3
        static let shell: UInt8 = 4
        static let name: UInt8 = 5
        static let value: UInt8 = 6
        static let workingDirectory: UInt8 = 7
        static let runDirectory: UInt8 = 8
        static let timeout: UInt8 = 9
        static let grace: UInt8 = 10
        static let fence: UInt8 = 21
        static let contact: UInt8 = 22
        static let logCap: UInt8 = 11
        static let memory: UInt8 = 12
        static let processorMillis: UInt8 = 13
    }

    /// The order as fields.
    package var wire: [UInt8] {
        var writer = WireWriter()
        writer.put(Tag.id, id)
        if let bootID { writer.put(Tag.bootID, bootID) }
        writer.put(Tag.script, script)
        for word in shell { writer.put(Tag.shell, word) }
        for variable in environment {
            writer.put(Tag.name, variable.name)
            writer.put(Tag.value, variable.value)
        }
        if let workingDirectory { writer.put(Tag.workingDirectory, workingDirectory) }
        writer.put(Tag.runDirectory, runDirectory)
        if let timeout { writer.put(Tag.timeout, timeout) }
        writer.put(Tag.grace, grace)
        if let fence {
            writer.put(Tag.fence, fence.after)
            writer.put(Tag.contact, fence.contact.wire)
        }
        if let logCap { writer.put(Tag.logCap, logCap.bytes) }
        if let memory = limits.memory { writer.put(Tag.memory, memory) }
        if let millis = limits.processorMillis { writer.put(Tag.processorMillis, Int64(millis)) }
        return writer.bytes
    }

    /// Reads an order from fields.
    package init(wire bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        var id: AttemptID?
        var runDirectory: String?
        var after: Duration?
        var contact: KeeperClock?
        self.init(id: AttemptID(high: 0, low: 0), script: [], runDirectory: "")
        while let field = try reader.next() {
            switch field.tag {
            case Tag.id: id = try field.attemptID()
            case Tag.bootID: bootID = field.text
            case Tag.script: script = Array(field.bytes)
            case Tag.shell: shell.append(field.text)
            case Tag.name: environment.append(EnvironmentVariable(field.text, ""))
            case Tag.value:
                guard !environment.isEmpty else { throw .malformed("a variable's name") }
                environment[environment.count - 1].value = field.text
            case Tag.workingDirectory: workingDirectory = field.text
            case Tag.runDirectory: runDirectory = field.text
            case Tag.timeout: timeout = field.duration
            case Tag.grace: grace = field.duration
            case Tag.fence: after = field.duration
            case Tag.contact: contact = try KeeperClock(wire: field.bytes)
            case Tag.logCap: logCap = LogCap(bytes: field.number)
            case Tag.memory: limits.memory = field.number
            case Tag.processorMillis: limits.processorMillis = Int(field.number)
            default: continue
            }
        }
        guard let id else { throw .malformed("the attempt's identity") }
        guard let runDirectory else { throw .malformed("the run's folder") }
        if let after, let contact { fence = Fence(after: after, contact: contact) }
        self.id = id
        self.runDirectory = runDirectory
    }
}
