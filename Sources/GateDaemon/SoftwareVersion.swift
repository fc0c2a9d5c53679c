/// The version of the daemon, as it says itself in status and events.
public enum SoftwareVersion {
    public static let text = "0.1.0"
}
