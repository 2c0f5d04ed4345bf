// swift-tools-version: 6.0
// The core for Swift: generated sources over the native library, and the tests of their seam. `generate` writes Sources.

import PackageDescription

/// Where Cargo builds the library, and the world for the tests.
let built = Context.environment["BASVURU_TARGET"] ?? "\(Context.packageDirectory)/../../target/debug"

let package = Package(
    name: "Basvuru",
    products: [
        .library(name: "Basvuru", targets: ["Basvuru"])
    ],
    targets: [
        .target(
            name: "BasvuruFFI",
            linkerSettings: [
                .unsafeFlags(["-L", built, "-Xlinker", "-rpath", "-Xlinker", built]),
                .linkedLibrary("basvuru_bindings"),
            ]
        ),
        // What UniFFI 0.32.2 generates is Swift 5; everything above it may be Swift 6.
        .target(name: "Basvuru", dependencies: ["BasvuruFFI"], swiftSettings: [.swiftLanguageMode(.v5)]),
        .testTarget(name: "BasvuruTests", dependencies: ["Basvuru"]),
    ],
    swiftLanguageModes: [.v6]
)
