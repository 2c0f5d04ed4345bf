import Foundation

#if canImport(CryptoKit)
    import CryptoKit

    /// SHA-256 (FIPS 180-4) of some octets, lower-case hexadecimal.
    func sha256(_ octets: Data) throws -> String {
        SHA256.hash(data: octets).map { String(format: "%02x", $0) }.joined()
    }
#else
    /// SHA-256 (FIPS 180-4) of some octets, lower-case hexadecimal, from the system's own program.
    func sha256(_ octets: Data) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try octets.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["sha256sum", file.path()]
        process.standardOutput = output
        try process.run()
        let line = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: line.prefix(64), as: UTF8.self)
    }
#endif
