import NIOCore
import NIOPosix

/// A connection that speaks bytes, as the barest client would.
struct RawConnection: Sendable {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Connects to a port of this host.
    init(port: Int) async throws {
        channel = try await Self.bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
    }

    /// Connects to a unix socket.
    init(path: String) async throws {
        channel = try await Self.bootstrap.connect(unixDomainSocketPath: path) { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
    }

    private static var bootstrap: ClientBootstrap { ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup) }

    /// Sends a request and reads until the other side closes; the closure sees what has come so far.
    func exchange(_ request: String, watching: @Sendable (String) -> Void = { _ in }) async throws -> String {
        try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var answer = ""
            for try await part in inbound {
                answer += String(buffer: part)
                watching(answer)
            }
            return answer
        }
    }
}
