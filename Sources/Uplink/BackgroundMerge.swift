import ListStore
import Repository
import Synchronization
import TrustedFiles

/// A merge that goes on while the gate looks for changes.
final class BackgroundMerge: Sendable {
    /// The delta that is merged into the base.
    let first: NamedFile
    /// What comes of it.
    let book: NamedFile
    private let progress: Progress
    private let task: Task<Void, Never>

    private final class Progress: Sendable {
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let isCancelled = Mutex(false)
    }

    init(of record: ListRecord, _ first: NamedFile, into book: NamedFile, _ store: SignedFileStore) {
        self.first = first
        self.book = book
        let progress = Progress()
        self.progress = progress
        task = Task {
            let outcome: Result<Void, any Error>
            do {
                try await offLoop {
                    try store.merge(record, into: book) { progress.isCancelled.withLock(\.self) }
                }
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            progress.outcome.withLock { $0 = outcome }
        }
    }

    /// `nil` while it goes on.
    var outcome: Result<Void, any Error>? { progress.outcome.withLock(\.self) }

    /// Returns when it is over.
    func end() async { await task.value }

    /// What it has made stays until the next merge, or until the list is erased.
    func cancel() { progress.isCancelled.withLock { $0 = true } }
}
