import Foundation
import Settings
import Testing

@Suite(.timeLimit(.minutes(1))) struct SecretFileTests {
    private func inDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }

    private func cause(_ path: String) -> SecretFileError.Cause? {
        do throws(SecretFileError) {
            _ = try SecretFile.read(path)
            return nil
        } catch {
            #expect(error.description.contains(path))
            return error.cause
        }
    }

    @Test func `blanks and line ends around a key do not count, and a file longer than a key is none`() throws {
        try inDirectory { directory in
            let file = directory.appending(path: "key")
            try Data(" 30 31\r\n\n".utf8).write(to: file)
            #expect(try SecretFile.read(file.path) == "30 31")
            try Data().write(to: file)
            #expect(try SecretFile.read(file.path) == "")
            try Data(repeating: 0x30, count: 4097).write(to: file)
            #expect(cause(file.path) == .noFile)
        }
    }

    @Test func `what is no file is no key, and nobody waits for it`() throws {
        try inDirectory { directory in
            #expect(cause(directory.appending(path: "none").path) == .absent)
            #expect(cause(directory.path) == .noFile)
            let pipe = directory.appending(path: "pipe").path
            let made = unsafe mkfifo(pipe, 0o600)
            #expect(made == 0)
            #expect(cause(pipe) == .noFile)
            #expect(cause("/dev/zero") == .noFile)
        }
    }

    @Test(arguments: [
        (SecretFile.Holds.osdpKey, 0o600, false), (.osdpKey, 0o640, false), (.osdpKey, 0o644, true),
        (.token, 0o620, true), (.publisherKey, 0o644, false), (.publisherKey, 0o646, true),
    ])
    func `who else may use a key is told`(holds: SecretFile.Holds, mode: Int, isExposed: Bool) throws {
        try inDirectory { directory in
            let file = directory.appending(path: "key")
            try Data("x".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            #expect((SecretFile(holds: holds, path: file.path, line: 0).exposure != nil) == isExposed)
        }
    }
}
