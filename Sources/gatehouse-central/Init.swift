import ArgumentParser
import Central

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a data directory with new keys.")

    @OptionGroup var data: DataOption

    @Option(help: "The name of the area that the gates serve.")
    var deployment: String

    @Option(help: "Which deployment key this is; counts up with each change of the key.")
    var keyEpoch: UInt32 = 1

    func run() throws {
        let directory = data.directory
        let trusted = try directory.create(deployment: deployment, keyEpoch: keyEpoch)
        print("Public key of the publisher: \(trusted)")
        print("It also stands in \(directory.trustedKeyPath); every gate needs it.")
        print("Root of all that is signed: \(directory.rootPath); every gate needs it.")
        print("Deployment key, epoch \(keyEpoch): \(directory.deploymentKeyPath)")
        print("It is secret: copy it to every gate, readable by the daemon only.")
        print(
            "Move these keys in \(directory.keysPath) to media of different people: root-1, root-2, targets, orders-bulk-2."
        )
        print("Next: gatehouse-central gate add, mandate, orders import, serve.")
    }
}
