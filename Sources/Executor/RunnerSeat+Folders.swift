import Runner
import Store

extension RunnerSeat {
    /// Removes the folders of runs that retention has given up.
    func folderLoop() async throws {
        let name = registration.name
        while true {
            try await Task.sleep(for: configuration.folderInterval)
            while let folder = try await store.transaction({ try $0.takeRunFolder(runner: name) }) {
                try await remove(folder)
            }
        }
    }

    private func remove(_ folder: RunFolder) async throws {
        do {
            try await adapter.forgetRun(folder.name)
        } catch {
            try await store.transaction { try $0.putBack(folder) }
            throw error
        }
    }
}
