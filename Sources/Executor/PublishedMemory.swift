import Core
import Postgres
import Scheduler
import Store

/// What tasks have published, as one transaction reads it for several orders, and each of it once.
struct PublishedMemory {
    private var published: [Int: PublishedOutputs] = [:]
    private var known: Set<Place> = []

    /// Outputs of one task in a run: of all its instances, or of one.
    private struct Place: Hashable {
        var run: Int
        var task: Int
        var mapIndex: Int?
    }

    /// The texts that an instance's references stand for.
    mutating func texts(
        for references: [Reference],
        of key: InstanceKey,
        run: Int,
        _ version: LoadedVersion,
        on connection: isolated Connection
    ) throws -> [String: [String: String]] {
        let topology = version.topology
        let producers = Set(references.compactMap(\.producer).compactMap { topology.position(of: $0) })
        guard !producers.isEmpty else { return [:] }
        let own = producers.filter { !key.isWhole && topology.isCounterpart($0, of: key.task) }
        try read(own, of: key.mapIndex, run: run, on: connection)
        try read(producers.subtracting(own), of: nil, run: run, on: connection)
        return (published[run] ?? PublishedOutputs()).texts(
            for: references,
            of: key,
            tasks: version.dag.tasks,
            topology: topology
        )
    }

    private mutating func read(
        _ tasks: Set<Int>,
        of mapIndex: Int?,
        run: Int,
        on connection: isolated Connection
    ) throws {
        let unknown = tasks.filter { !known.contains(Place(run: run, task: $0, mapIndex: mapIndex)) }.sorted()
        guard !unknown.isEmpty else { return }
        let found = try connection.outputs(run: run, tasks: unknown, of: mapIndex)
        published[run, default: PublishedOutputs()].merge(found)
        for task in unknown { known.insert(Place(run: run, task: task, mapIndex: mapIndex)) }
    }
}
