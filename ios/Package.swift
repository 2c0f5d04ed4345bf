// swift-tools-version: 6.0
// The app for Linux: its own sources, unchanged, over stand-ins for Apple's frameworks that run. On a Mac it is built by
// App.xcodeproj from the same folder, and nothing of this file is used.

import PackageDescription

/// The Swift package that the core's generator writes; it needs `BASVURU_TARGET`, where Cargo builds.
let bindings = Context.environment["BASVURU_BINDINGS"] ?? "../bindings/swift"

let stubs = ["SwiftUI", "UIKit", "CoreNFC", "CryptoTokenKit", "Security", "CFNetwork", "PDFKit", "AVFAudio"]

let package = Package(
    name: "BasvuruApp",
    dependencies: [.package(name: "Basvuru", path: bindings)],
    targets: [
        .executableTarget(
            name: "BasvuruApp",
            dependencies: [.product(name: "Basvuru", package: "Basvuru")] + stubs.map { .target(name: $0) },
            path: "App",
            exclude: ["Resources"]
        ),
        .testTarget(
            name: "AppTests",
            dependencies: ["BasvuruApp"],
            path: "Tests",
            exclude: ["Outlines", "Refused"]
        ),
    ]
        + stubs.map {
            .target(name: $0, dependencies: $0 == "SwiftUI" ? ["UIKit"] : [], path: "Stubs/\($0)")
        },
    swiftLanguageModes: [.v6]
)
