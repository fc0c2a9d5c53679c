import TestSupport

/// Report descriptors of bar code scanners.
enum HIDDescriptors {
    /// Layout A as the makers' manuals give it.
    static let layoutA = bytes(
        """
        05 8C 09 02 A1 01              # Bar Code Scanner: Collection (Application)
        09 12 A1 02                    #   Scanned Data Report: Collection (Logical)
        85 02 15 00 26 FF 00 75 08     #     Report ID 2, 0 to 255, 8 bits
        95 01 05 01 09 3B 81 02        #     Byte Count
        95 03 05 8C 09 FB 09 FC 09 FD  #     Symbology Identifier 1 to 3
        81 02
        95 38 09 FE 82 02 01           #     Decoded Data: 56 buffered bytes
        95 01 06 66 FF 09 04 81 02     #     maker's symbology code
        81 03                          #     reserved
        05 8C 25 01 75 01 09 FF 81 02  #     Decoded Data Continued: 1 bit
        75 07 81 03                    #     7 bits reserved
        C0
        09 14 A1 02 85 04 75 01 95 02  #   Trigger Report: Report ID 4
        09 5F 09 60 91 02              #     Prevent Read, Initiate Read: Output
        75 06 95 01 91 03
        C0 C0
        """)

    /// Layout B: no symbology identifier.
    static let layoutB = bytes(
        """
        05 8C 09 02 A1 01 09 12 A1 02
        85 02 15 00 26 FF 00 75 08
        95 01 05 01 09 3B 81 02        # Byte Count
        05 8C 95 38 09 FE 81 02        # Decoded Data
        95 04 81 03                    # 4 bytes reserved
        95 01 06 66 FF 09 04 81 02     # maker's symbology code
        05 8C 75 01 09 FF 81 02        # Decoded Data Continued
        75 07 81 03
        C0 C0
        """)

    /// A keyboard with boot reports, no scanner.
    static let keyboard = bytes(
        """
        05 01 09 06 A1 01
        05 07 19 E0 29 E7 15 00 25 01 75 01 95 08 81 02
        95 01 75 08 81 03
        95 06 75 08 15 00 25 65 05 07 19 00 29 65 81 00
        C0
        """)
}
