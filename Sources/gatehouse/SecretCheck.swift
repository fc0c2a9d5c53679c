import Control
import Credentials
import OSDP
import Settings
import TrustedFiles

/// What stands in the files of keys and tokens that the configuration names.
enum SecretCheck {
    /// What is wrong with each, as far as whoever asks may see it.
    static func secrets(of settings: GateSettings) -> [Secret] {
        settings.secrets.map {
            Secret(path: $0.path, line: $0.line, trouble: trouble($0, settings), exposure: $0.exposure)
        }
    }

    struct Secret {
        var path: String
        /// Where the configuration names it; 0 for the whole file.
        var line: Int
        var trouble: String?
        var exposure: String?
    }

    private static func trouble(_ file: SecretFile, _ settings: GateSettings) -> String? {
        let text: String
        do throws(SecretFileError) {
            text = try SecretFile.read(file.path, longest: file.longest)
        } catch {
            // Keys are for the daemon's user, who may be somebody else.
            return error.cause == .permissionDenied ? nil : "\(error)"
        }
        switch file.holds {
        case .deploymentKey:
            do {
                _ = try DeploymentKey(hex: text, epoch: settings.deploymentKey.epoch)
                return nil
            } catch {
                return "\(file.path): \(error)"
            }
        case .token: return text.isEmpty ? "\(file.path) is empty; it holds the gate's token" : nil
        case .publisherKey:
            return TrustedKey(text: text) == nil
                ? "\(file.path) does not hold a public key of 64 hexadecimal digits" : nil
        case .root:
            do {
                _ = try TrustedMetadataSet(trustedRoot: Array(text.utf8), now: 0)
                return nil
            } catch {
                return "\(file.path) is not the root metadata of the central service: \(error)"
            }
        case .osdpKey:
            return OSDPKey(hex: text) == nil ? "\(file.path) does not hold a key of 32 hexadecimal digits" : nil
        }
    }
}
