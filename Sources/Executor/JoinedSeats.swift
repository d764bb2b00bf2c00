import Core
package import Logging
package import Runner
package import Scheduler
import Store

/// Holds a seat for each runner that is connected to this server.
///
/// A seat takes the runner's lease like any other. Where a runner holds connections to several servers one of them has
/// it; when that connection ends the seat gives the lease back, and another server's seat takes over at its next try.
package actor JoinedSeats {
    private let switchboard: Switchboard
    private let engine: Engine
    private let holder: String
    private let secrets: SecretProvider
    private let configuration: RunnerSeat.Configuration
    private let logger: Logger
    private var seats: [Switchboard.Presence: RunnerSeat] = [:]
    private var occupied: Set<String> = []

    /// Prepares the seats; `holder` is `SERVER:INCARNATION`, for the leases.
    package init(
        switchboard: Switchboard,
        engine: Engine,
        holder: String,
        secrets: SecretProvider,
        configuration: RunnerSeat.Configuration = RunnerSeat.Configuration(),
        logger: Logger
    ) {
        self.switchboard = switchboard
        self.engine = engine
        self.holder = holder
        self.secrets = secrets
        self.configuration = configuration
        self.logger = logger
    }

    /// Holds seats until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await _ in switchboard.changes() {
                for presence in switchboard.present where occupied.insert(presence.name).inserted {
                    group.addTask { await self.sit(presence) }
                }
            }
        }
    }

    /// Holds one seat for as long as the runner is connected, and says of itself what it does now.
    private func sit(_ presence: Switchboard.Presence) async {
        let seat = seat(for: presence)
        let isGone = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await seat.run()
                return false
            }
            group.addTask { [switchboard] in
                for await _ in switchboard.changes() where !switchboard.present.contains(presence) { break }
                return true
            }
            let first = await group.next() ?? true
            group.cancelAll()
            return first
        }
        occupied.remove(presence.name)
        if !isGone, !Task.isCancelled {
            switchboard.disconnect(presence.name, reason: "it was removed from the servers' list of runners")
        }
        // It may have come back meanwhile.
        switchboard.nudge()
    }

    private func seat(for presence: Switchboard.Presence) -> RunnerSeat {
        if let seat = seats[presence] { return seat }
        let seat = RunnerSeat(
            adapter: switchboard.runner(named: presence.name),
            registration: RunnerRegistration(
                name: presence.name,
                kind: "http",
                address: nil,
                labels: presence.terms.labels,
                slots: presence.terms.slots,
                isJoined: true,
                reserved: presence.terms.reserved,
                busy: presence.terms.busy
            ),
            engine: engine,
            holder: holder,
            folder: nil,
            secrets: secrets,
            configuration: configuration,
            logger: logger
        )
        seats[presence] = seat
        return seat
    }
}
