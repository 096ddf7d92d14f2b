// swift-tools-version: 6.2
import PackageDescription

// Exact versions: this file is the lock. Package.resolved stays out of the repository.
// Swift 6 language mode comes with the tools version.
// `make fuzz` builds with coverage, in a folder of its own; its targets look at what is internal.
let isFuzzing = Context.environment["GATEHOUSE_FUZZING"] != nil
let strict: [SwiftSetting] =
    [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]
    + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])] : [])

let package = Package(
    name: "gatehouse",
    products: [
        .executable(name: "gatehouse", targets: ["gatehouse"]),
        .executable(name: "okta-simulator", targets: ["okta-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Identity", swiftSettings: strict),
        .target(name: "StrictJSON", dependencies: ["Identity"], swiftSettings: strict),
        .target(name: "Cryptography", dependencies: ["CCrypto", "Identity"], swiftSettings: strict),
        .target(
            name: "SQL",
            dependencies: ["CSQLite", "Identity", .product(name: "NIOPosix", package: "swift-nio")],
            swiftSettings: strict),
        .target(
            name: "Outbound",
            dependencies: [
                "Identity", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .target(name: "JOSE", dependencies: ["Cryptography", "Identity", "StrictJSON"], swiftSettings: strict),
        .target(
            name: "OIDC", dependencies: ["Cryptography", "Identity", "JOSE", "StrictJSON", "Outbound"],
            swiftSettings: strict),
        .target(name: "XMLTree", dependencies: ["CXML2", "Identity"], swiftSettings: strict),
        .target(
            name: "SAML", dependencies: ["CZlib", "Cryptography", "Identity", "StrictJSON", "XMLTree"],
            swiftSettings: strict),
        .target(
            name: "Access", dependencies: ["Cryptography", "Identity", "JOSE", "StrictJSON", "SQL"],
            swiftSettings: strict),
        .target(
            name: "Settings",
            dependencies: [
                "Access", "Cryptography", "Identity", "OIDC", "SAML", "StrictJSON",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .target(
            name: "Gateway",
            dependencies: [
                "Access", "Cryptography", "Identity", "JOSE", "StrictJSON", "OIDC", "Outbound", "SAML", "SQL",
                "Settings",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ], swiftSettings: strict),
        .target(
            name: "CommandLineClient",
            dependencies: [
                "Access", "Cryptography", "Identity", "StrictJSON", "Outbound",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "gatehouse",
            dependencies: [
                "Access", "CommandLineClient", "Cryptography", "Gateway", "Identity", "JOSE", "StrictJSON", "OIDC",
                "Outbound", "SAML", "SQL",
                "Settings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .target(
            name: "OktaSimulator",
            dependencies: [
                "CCrypto", "CXML2", "CZlib", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "okta-simulator",
            dependencies: [
                "OktaSimulator", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: strict),
        .executableTarget(
            name: "verification-benchmark", dependencies: ["Identity", "JOSE", "OIDC"],
            path: "Tests/Benchmarks/verification-benchmark", swiftSettings: strict),
        .executableTarget(
            name: "saml-benchmark", dependencies: ["Cryptography", "Identity", "SAML"],
            path: "Tests/Benchmarks/saml-benchmark", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["CCrypto", "Cryptography", "Identity", "StrictJSON", "Outbound"],
            path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "IdentityTests", dependencies: ["Identity"], swiftSettings: strict),
        .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"], swiftSettings: strict),
        .testTarget(
            name: "CryptographyTests", dependencies: ["Cryptography", "SAMLTestSupport", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "OutboundTests",
            dependencies: [
                "Identity", "Outbound", "TestSupport", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: strict),
        .target(
            name: "SAMLTestSupport", dependencies: ["CCrypto", "Cryptography", "Identity", "SAML", "XMLTree"],
            path: "Tests/SAMLSupport", exclude: ["canonicalization-peer"], swiftSettings: strict),
        .executableTarget(
            name: "canonicalization-peer", dependencies: ["SAMLTestSupport", "StrictJSON", "XMLTree"],
            path: "Tests/SAMLSupport/canonicalization-peer", swiftSettings: strict),
        .testTarget(name: "XMLTreeTests", dependencies: ["XMLTree", "SAMLTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SAMLTests",
            dependencies: ["Cryptography", "Identity", "SAML", "SAMLTestSupport", "StrictJSON", "XMLTree"],
            swiftSettings: strict),
        .testTarget(name: "JOSETests", dependencies: ["JOSE", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "OIDCTests", dependencies: ["OIDC", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SQLTests", dependencies: ["SQL", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "AccessTests", dependencies: ["Access", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SettingsTests",
            dependencies: ["Cryptography", "SAML", "SAMLTestSupport", "Settings", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "TestSupport", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ], swiftSettings: strict),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "CommandLineClient", "TestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(
            name: "OktaSimulatorTests",
            dependencies: [
                "OktaSimulator", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
    ]
)

// These need libFuzzer, so other builds do not know them.
if isFuzzing {
    let linkFuzzer: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
        .target(
            name: "FuzzingSupport", dependencies: ["CLibFuzzer"], path: "Tests/Fuzzing/support",
            swiftSettings: strict),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Cryptography", "FuzzingSupport", "Identity", "JOSE", "SAML", "SAMLTestSupport", "StrictJSON",
                "XMLTree",
            ], path: "Tests/Fuzzing/fuzz", swiftSettings: strict, linkerSettings: linkFuzzer),
        .executableTarget(
            name: "fuzz-gateway",
            dependencies: [
                "Access", "FuzzingSupport", "Gateway", "Identity",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ], path: "Tests/Fuzzing/fuzz-gateway", swiftSettings: strict, linkerSettings: linkFuzzer),
    ]
}
