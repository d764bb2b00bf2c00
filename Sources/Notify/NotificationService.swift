import Core
package import Logging
package import Scheduler
import ServiceLifecycle
package import Settings
import Store
import Synchronization

/// Tells people of failures: one message for each incident and each notification of `rota.yaml`, until it is taken.
///
/// Any number of servers do it side by side; whoever takes a message first writes that it tries.
package final class NotificationService: Service {
    private let engine: Engine
    private let notifications: [NotificationSettings]
    private let senders: [String: any MessageSender]
    private let publicURL: @Sendable () -> String
    private let logger: Logger

    /// How often it looks.
    private static let interval = Duration.seconds(1)
    /// A message that a server took and of which nothing is heard is taken again after this; longer than any try.
    private static let holds = (webhook: Duration.seconds(30), command: Duration.seconds(90))
    /// The longest pause between two tries.
    private static let longestPause = 300
    /// How long after the failure the last try is made.
    private static let patience = Duration.seconds(3 * 86_400)
    private static let batch = 16

    /// Prepares the service.
    ///
    /// `publicURL`: Where people's browsers find the pages, without a slash at its end.
    package init(
        engine: Engine,
        notifications: [NotificationSettings],
        publicURL: @escaping @Sendable () -> String,
        version: String,
        logger: Logger
    ) {
        self.engine = engine
        self.notifications = notifications
        self.publicURL = publicURL
        self.logger = logger
        senders = Dictionary(
            uniqueKeysWithValues: notifications.map { notification in
                switch notification.means {
                case .webhook(let url, let tokenFile):
                    (notification.name, WebhookSender(url: url, tokenFile: tokenFile, version: version))
                case .command(let words): (notification.name, CommandSender(words: words))
                }
            }
        )
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var hasMore = false
                do {
                    hasMore = try await self.look()
                } catch {
                    if !Task.isCancelled { self.logger.debug("could not look for messages: \(error)") }
                }
                // Cancelled: the loop ends.
                if !hasMore { try? await Task.sleep(for: Self.interval) }
            }
        }
    }

    /// Sends what is due once; returns whether there may be more.
    package func look() async throws -> Bool {
        let names = notifications.map(\.name)
        guard try await engine.store.perform({ try $0.hasNews(for: names) }) else { return false }
        let notifications = notifications
        let webhooks = notifications.filter { if case .webhook = $0.means { true } else { false } }.map(\.name)
        let commands = names.filter { !webhooks.contains($0) }
        let due = try await engine.store.transaction { connection in
            let new = try connection.undispatchedIncidents(limit: 500)
            let targets = new.flatMap { incident in
                notifications.filter { $0.concerns(incident.dag) }.map { (incident: incident.id, target: $0.name) }
            }
            try connection.dispatch(new.map(\.id), to: targets)
            return try connection.takeDueDeliveries(to: webhooks, pause: Self.holds.webhook, limit: Self.batch)
                + connection.takeDueDeliveries(to: commands, pause: Self.holds.command, limit: Self.batch)
        }
        guard !due.isEmpty else { return false }
        let records = try await engine.store.incidents(Array(Set(due.map(\.incident))))
        let incidents = Dictionary(records.map { ($0.rowID, $0) }) { first, _ in first }
        await withDiscardingTaskGroup { group in
            for delivery in due {
                guard let incident = incidents[delivery.incident] else { continue }
                group.addTask { await self.deliver(delivery, incident) }
            }
        }
        return due.count >= Self.batch
    }

    private func deliver(_ delivery: DueDelivery, _ incident: IncidentRecord) async {
        guard let sender = senders[delivery.target] else { return }
        let versions = engine.versions
        // A message without the owner's name is better than none.
        let version = try? await engine.store.perform { try versions.version(incident.versionRowID, on: $0) }
        let message = Message(incident: incident, dag: version?.dag, link: "\(publicURL())/x/\(incident.code)")
        let problem = await sender.send(message, to: delivery.target)
        do {
            try await engine.store.transaction { connection in
                guard let problem else { return try connection.noteDelivered(delivery) }
                let isOver = try connection.clock() - incident.at > Self.patience
                let pause = Duration.seconds(min(1 << min(delivery.tries, 20), Self.longestPause))
                try connection.noteNotDelivered(delivery, error: problem, pause: isOver ? nil : pause)
            }
        } catch {
            logger.warning("what became of a message to '\(delivery.target)' could not be written: \(error)")
        }
        guard let problem, delivery.tries == 1 || delivery.tries.isMultiple(of: 10) else { return }
        logger.warning(
            "notification '\(delivery.target)' did not take the message about \(incident.run), try \(delivery.tries): \(problem). It is tried again."
        )
    }
}
