/// Sets up a secure session, on the panel's side.
///
/// ```
/// panel                                   reader
/// CHLNG   03 11 k  random A        ──►
///                                  ◄──   CCRYPT  03 12 k  number, random B, reader's cryptogram
/// SCRYPT  03 13 k  panel's cryptogram ─►
///                                  ◄──   RMAC_I  03 14 01  initial MAC
/// ```
/// `k` is 0 for the key that everybody knows (SCBK-D) and 1 for the reader's own.
public struct OSDPHandshake: Sendable {
    public let panelRandom: [UInt8]
    private let keys: OSDPSessionKeys
    private var initialMAC: [UInt8] = []

    /// - Parameter panelRandom: 8 bytes, unpredictable and never used before.
    public init(key: OSDPKey, panelRandom: [UInt8]) throws(OSDPSecureChannelError) {
        keys = try OSDPSessionKeys(key: key, panelRandom: panelRandom)
        self.panelRandom = panelRandom
    }

    /// Judges the reader's answer to CHLNG.
    ///
    /// - Returns: the panel's cryptogram for SCRYPT.
    /// - Throws: ``OSDPSecureChannelError/cryptogramMismatch`` if the reader does not have the key.
    public mutating func accept(_ answer: OSDPChallengeAnswer) throws(OSDPSecureChannelError) -> [UInt8] {
        let expected = try keys.readerCryptogram(panelRandom: panelRandom, readerRandom: answer.random)
        guard expected.isSameInConstantTime(as: answer.cryptogram) else { throw .cryptogramMismatch }
        let cryptogram = try keys.panelCryptogram(panelRandom: panelRandom, readerRandom: answer.random)
        initialMAC = try keys.initialMAC(panelCryptogram: cryptogram)
        return cryptogram
    }

    /// Judges the reader's answer to SCRYPT.
    ///
    /// - Throws: ``OSDPSecureChannelError/cryptogramMismatch`` if it is not what both sides can compute.
    public func accept(initialMAC: [UInt8]) throws(OSDPSecureChannelError) -> OSDPSecureChannel {
        guard !self.initialMAC.isEmpty, self.initialMAC.isSameInConstantTime(as: initialMAC) else {
            throw .cryptogramMismatch
        }
        return try OSDPSecureChannel(keys: keys, initialMAC: initialMAC)
    }
}
