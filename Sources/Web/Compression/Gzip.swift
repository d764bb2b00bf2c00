import CZlib

/// Files as gzip (RFC 1952) makes them smaller.
enum Gzip {
    /// How hard is tried: what is made for one request has to be there soon, what is made once may take longer.
    enum Effort: Int32 {
        case once = 9
        case eachTime = 6
    }

    /// A gzip file of the bytes.
    static func file(of input: [UInt8], effort: Effort) -> [UInt8] {
        var stream = unsafe z_stream()
        let code = unsafe rota_gzip_begin(&stream, effort.rawValue)
        // It fails where there is no memory, or where the header is of another zlib than the library.
        precondition(code == Z_OK, "zlib cannot be used: \(code)")
        defer { unsafe deflateEnd(&stream) }
        let most = Int(unsafe deflateBound(&stream, uLong(input.count)))
        return unsafe [UInt8](unsafeUninitializedCapacity: most) { output, count in
            unsafe input.withUnsafeBufferPointer { bytes in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
                unsafe stream.avail_in = uInt(bytes.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = uInt(most)
                // There is room for all of it, so that one call does it.
                let code = unsafe deflate(&stream, Z_FINISH)
                precondition(code == Z_STREAM_END, "zlib stopped in the middle: \(code)")
                count = most - Int(unsafe stream.avail_out)
            }
        }
    }
}
