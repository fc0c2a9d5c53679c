import Glibc
import Settings
import TrustedFiles

/// The key with which this gate signs its commissioning reports.
enum CommissioningKey {
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
