import Glibc

/// What the kernel shows of its devices: the tree at `/sys`, paths relative to it.
///
/// All calls give nothing for what is not there.
public protocol DeviceTree: Sendable {
    /// The names in a directory, at most ``mostNames``, in any order.
    func names(in directory: String) -> [String]

    /// What an attribute holds, without the line's end; at most 4096 bytes.
    func text(of attribute: String) -> String?

    /// Where a symbolic link leads.
    func target(of link: String) -> String?
}

extension DeviceTree {
    /// More than any machine that a gate runs on has in one class.
    public static var mostNames: Int { 4096 }
}

/// The tree of this machine.
public struct SystemDeviceTree: DeviceTree {
    public let root: String

    /// - Parameter root: another directory with the same shape, for tests.
    public init(root: String = "/sys") { self.root = root }

    public func names(in directory: String) -> [String] {
        guard let handle = unsafe opendir(root + "/" + directory) else { return [] }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while names.count < Self.mostNames, let entry = unsafe readdir(handle) {
            // The name is longer than the array that C declares for it, so it is read where it lies.
            let name = unsafe String(cString: Self.name(of: entry))
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    public func text(of attribute: String) -> String? {
        guard let file = try? OwnedDescriptor(opening: root + "/" + attribute, flags: O_RDONLY | O_NONBLOCK),
            let bytes = try? file.read(upTo: 4096)
        else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    public func target(of link: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = unsafe readlink(root + "/" + link, &bytes, bytes.count)
        guard length >= 0 else { return nil }
        return String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> UnsafePointer<CChar> {
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        return unsafe UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
    }
}
