/// The parameters of one or more statements as libpq wants them; the memory is used again for the next ones.
struct ArgumentList: ~Copyable {
    private var buffer = ParameterBuffer()
    private var offsets: [Int] = []
    /// In bytes; libpq ignores the length of NULL.
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    private var types: [PostgresType] = []

    /// Encodes the parameters of a statement behind those that are there, and returns their places.
    mutating func append(
        _ parameters: [any PostgresEncodable],
        of statement: Statement
    ) throws(DatabaseError) -> Range<Int> {
        let start = offsets.count
        for (index, parameter) in parameters.enumerated() {
            do throws(EncodingProblem) {
                try append(parameter)
            } catch {
                throw .invalidParameter(statement: statement.name, position: index + 1, problem: error)
            }
        }
        return start..<offsets.count
    }

    /// Forgets all parameters.
    mutating func reset() {
        buffer.reset()
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
        types.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ parameter: some PostgresEncodable) throws(EncodingProblem) {
        let start = buffer.bytes.count
        let length = try buffer.encode(parameter)
        offsets.append(length < 0 ? -1 : start)
        lengths.append(max(0, length))
        formats.append(1)
        types.append(type(of: parameter).postgresType)
    }

    /// The types of the parameters at some places.
    borrowing func types(_ places: Range<Int>) -> ArraySlice<PostgresType> { types[places] }

    /// Calls a function of libpq with pointers that are valid until it returns.
    borrowing func withPointers<Result>(
        _ places: Range<Int>,
        _ body: (
            UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?, Int32
        ) -> Result
    ) -> Result {
        unsafe buffer.bytes.withUnsafeBytes { bytes in
            // An empty value is told from NULL by its pointer, even when there are no bytes at all.
            let base = unsafe bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)
            let values = unsafe offsets[places].map { offset in
                offset < 0 ? nil : unsafe base.map { unsafe ($0 + offset).assumingMemoryBound(to: CChar.self) }
            }
            return unsafe lengths[places].withUnsafeBufferPointer { lengths in
                unsafe formats[places].withUnsafeBufferPointer { formats in
                    unsafe body(values, lengths.baseAddress, formats.baseAddress, Int32(places.count))
                }
            }
        }
    }
}
