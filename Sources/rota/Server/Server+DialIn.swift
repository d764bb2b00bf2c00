import Executor
import Runner
import Scheduler
import ServiceLifecycle
import Settings
import Store

extension Server {
    /// What lets runners dial in, and acts for those that have; nothing where `rota.yaml` names no place for them.
    func dialIn(
        _ store: Store,
        _ engine: Engine,
        _ holder: String,
        _ secrets: SecretProvider
    ) throws -> [any Service] {
        guard let place = settings.dialIn else { return [] }
        let address = try ListenAddress(place.listen)
        let switchboard = Switchboard()
        let gate = try DialInGate(
            DialInGate.Configuration(host: address.host, port: address.port, tls: TLSFiles(place.tls)),
            switchboard: switchboard,
            registry: StoredRegistry(store: store),
            logger: logger
        )
        let seats = JoinedSeats(
            switchboard: switchboard,
            engine: engine,
            holder: holder,
            secrets: secrets,
            configuration: settings.seats,
            logger: logger
        )
        return [gate, SeatsOfJoined(seats: seats)]
    }
}

/// Holds the seats of runners that have dialled in.
struct SeatsOfJoined: Service {
    let seats: JoinedSeats

    func run() async throws {
        await cancelWhenGracefulShutdown { await seats.run() }
    }
}
