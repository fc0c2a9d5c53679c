import Foundation
import Logging
import Testing

@testable import GateDaemon

@Suite struct StateDirectoryTests {
    private func withScratch(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "state-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func `one daemon at a time uses a state directory, and the next one may when it has ended`() throws {
        try withScratch { path in
            let lock = try #require(try StateDirectory.lock(path, log: .quiet))
            let error = #expect(throws: StartError.self) { try StateDirectory.lock(path, log: .quiet) }
            #expect(error?.description.contains("another gatehoused already uses") == true)
            lock.release()
            try StateDirectory.lock(path, log: .quiet)?.release()
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    @Test func `principle 1: a state directory that cannot be used does not end the start`() throws {
        #expect(try StateDirectory.lock("/proc/nothing/here", log: .quiet) == nil)
        let error = #expect(throws: StartError.self) { try StateDirectory.make("/proc/nothing/here") }
        #expect(error?.description.contains("/proc/nothing/here cannot be made (") == true)
    }
}
