/// Waits for something that cannot be cancelled, such as a disk that does not answer, for `limit` at the most.
///
/// - Returns: `nil` if it took longer. It goes on then, and nobody waits for it any more.
func within<Value: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async -> Value) async -> Value? {
    let (answers, answer) = AsyncStream.makeStream(of: Value?.self)
    Task { answer.yield(await body()) }
    let timer = Task {
        try await Task.sleep(for: limit)
        answer.yield(nil)
    }
    defer { timer.cancel() }
    // In a task of its own: whoever is cancelled still waits here, or what was begun could not be finished in order.
    return await Task {
        for await first in answers { return first }
        return nil
    }.value
}
