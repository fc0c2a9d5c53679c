/// The version of the programs, as they say it themselves.
public enum SoftwareVersion {
    public static let text = "0.1.0"
}
