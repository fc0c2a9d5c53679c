/// A vector that no decoder or encoder of the gate is meant to handle.
struct Unsupported: Sendable {
    let group: String
    let key: String
    /// What the file says, so that a change of it is noticed here too.
    let text: String
    let reason: String

    /// The only ones. Whoever adds one has to say why, and to change the counts of `VectorTests`.
    static let all: [Unsupported] =
        [
            Unsupported(
                group: "sdt_requests", key: "read_text_photo_fp", text: "AA AA AA 96 69 00 03 30 10 23",
                reason: "the gate never asks for a fingerprint (principle 6); a reply that holds one is understood"),
            Unsupported(
                group: "sdt_requests", key: "rf_max_0x50", text: "AA AA AA 96 69 00 04 61 FF 50 CA",
                reason: "the radio settings of a reader are its maker's; the gate leaves them alone"),
        ]
        + [
            ("baud_115200", "AA AA AA 96 69 00 03 60 00 63"), ("baud_57600", "AA AA AA 96 69 00 03 60 01 62"),
            ("baud_38400", "AA AA AA 96 69 00 03 60 02 61"), ("baud_19200", "AA AA AA 96 69 00 03 60 03 60"),
            ("baud_9600", "AA AA AA 96 69 00 03 60 04 67"),
        ].map { key, text in
            Unsupported(
                group: "sdt_requests", key: key, text: text,
                reason: "the gate uses the rate that is configured, and never changes the one of a reader")
        }
        + [
            Unsupported(
                group: "bank_stx_read_id", key: "lrc_over_data_only", text: "02 00 03 CA 01 00 CB 03",
                reason: "another protocol, of readers for banks; described by one vendor only"),
            Unsupported(
                group: "mlx90614_smbus", key: "raw for 36.52 C", text: "3C7B",
                reason: "a bare sensor on I2C; the gate has drivers for serial thermometers only"),
            Unsupported(
                group: "mlx90614_smbus", key: "bytes lo hi PEC", text: "7B 3C 87",
                reason: "a bare sensor on I2C; the gate has drivers for serial thermometers only"),
        ]
}
