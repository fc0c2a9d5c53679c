/// How a lane works, by the names of ONVIF DoorControl where it has one.
public enum LaneMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// Who is granted passes; everybody may leave (ONVIF: Locked).
    case controlled
    /// Everybody passes (ONVIF: Unlocked).
    case unlocked
    /// Nobody enters, everybody may leave (ONVIF: Blocked, for the entry alone).
    case entryLocked = "entry-locked"
}
