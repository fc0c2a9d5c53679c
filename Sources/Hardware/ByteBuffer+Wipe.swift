import NIOCore

extension ByteBuffer {
    /// Overwrites the readable bytes where they lie: what a card reader sends holds more about a person than may be kept
    /// (principle 6), and NIO uses the memory again without clearing it.
    func wipeInPlace() {
        unsafe withUnsafeReadableBytes { memory in
            guard let start = memory.baseAddress else { return }
            // Written through a pointer to read from, because a write through the buffer would make a copy and wipe that
            // if the storage is held elsewhere, as by the channel. Nobody else reads it or may keep it.
            unsafe UnsafeMutableRawPointer(mutating: start).initializeMemory(
                as: UInt8.self, repeating: 0, count: memory.count)
        }
    }
}
