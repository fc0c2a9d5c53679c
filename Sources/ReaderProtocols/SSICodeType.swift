/// The first byte of an SSI scan: what kind of code was read.
///
/// Zebra's programmer's guide numbers more of them. Here stand those whose AIM identifier is beyond doubt. A code type does
/// not tell the modifier, so the identifier is that of the plain form: no ECI, no FNC1.
enum SSICodeType {
    static func identifier(_ code: UInt8) -> AIMIdentifier? {
        switch code {
        case 0x03: code128
        case 0x08, 0x0B: ean13
        case 0x0A: ean8
        case 0x0F: gs1Code128
        case 0x1B: dataMatrix
        case 0x1C: qr
        case 0x2D: aztec
        default: nil
        }
    }

    private static let code128 = AIMIdentifier("C0")
    private static let gs1Code128 = AIMIdentifier("C1")
    private static let ean13 = AIMIdentifier("E0")
    private static let ean8 = AIMIdentifier("E4")
    private static let dataMatrix = AIMIdentifier("d1")
    private static let qr = AIMIdentifier("Q1")
    private static let aztec = AIMIdentifier("z0")
}
