import Glibc
import Hardware
import Settings
import TrustedFiles

/// The key with which this gate signs its commissioning reports.
enum CommissioningKey {
    /// Keeps a second commissioning of this gate out, as long as what is returned lives: both would move the same lanes.
    static func lock(in stateDirectory: String) throws -> OwnedDescriptor {
        do throws(Errno) {
            let file = try OwnedDescriptor(opening: stateDirectory, flags: O_RDONLY | O_DIRECTORY)
            try file.withRawDescriptor { raw throws(Errno) in
                guard flock(raw, LOCK_EX | LOCK_NB) == 0 else { throw Errno(code: errno) }
            }
            return file
        } catch {
            throw Trouble(
                error.code == EWOULDBLOCK
                    ? "another 'gatehouse commission' is at work on this gate; end that one first"
                    : "\(stateDirectory) cannot be locked: \(error)", .refused)
        }
    }

    /// Made at the first use; readable for its owner alone.
    static func read(orMakeIn stateDirectory: String) throws -> PublisherKey {
        let path = "\(stateDirectory)/commissioning.key"
        guard unsafe access(path, F_OK) == 0 else {
            let key = PublisherKey()
            try CommissionFiles.write(Array((key.secretText + "\n").utf8), to: path)
            return key
        }
        let text: String
        do throws(SecretFileError) {
            text = try SecretFile.read(path)
        } catch {
            throw Trouble("\(error); run this command as the user who made it", .refused)
        }
        guard let key = PublisherKey(secretText: text) else {
            throw Trouble(
                "\(path) does not hold a key of 64 hexadecimal digits; remove it, and the next report has a new key",
                .refused)
        }
        return key
    }
}
