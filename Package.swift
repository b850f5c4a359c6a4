// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// The committed gRPC code is generated; its warnings are not ours to fix.
let generated: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]

// Pages of the file that nobody reads need not be mapped. With the static Swift libraries, everything would be exported
// for the sake of plugins, and nearly each word of the metadata be relocated by an entry of 24 bytes. The linker that
// comes with Swift knows how to say it in 24 KiB (glibc 2.36 how to read it).
let compactLinking = [
    "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let certificates: Target.Dependency = .product(name: "X509", package: "swift-certificates")

func target(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

let sources: [Target] = [
    .systemLibrary(
        name: "CLibYAML", path: "Sources/CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
        name: "CSQLite", path: "Sources/CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    target("StructuredData", ["CLibYAML"]),
    .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
    target("HostSystem", ["CLinux", nio, nioPosix]),
    target("KubernetesAPI", ["StructuredData"]),
    target("KubeletConfiguration", ["KubernetesAPI", "StructuredData", "HostSystem"]),
    target("ContainerRuntime", ["KubernetesAPI"]),
    target("ContainerLogs", ["CZlib", "HostSystem", "KubernetesAPI", nio, nioPosix]),
    .target(
        name: "CRIProtocol",
        dependencies: [
            .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ],
        swiftSettings: generated),
    target(
        "CRIClient",
        [
            "CRIProtocol", "ContainerRuntime", "KubernetesAPI", "StructuredData", nio, logging, lifecycle,
            .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ]),
    target(
        "PodSources",
        [
            "KubernetesAPI", "StructuredData", "HostSystem", httpClient, nio, nioPosix, nioHTTP1, nioSSL, logging,
        ]),
    target("PodLifecycle", ["KubernetesAPI", "StructuredData", "ContainerRuntime"]),
    target(
        "Kubelet",
        [
            "KubernetesAPI", "StructuredData", "HostSystem", "ContainerRuntime", "ContainerLogs", "PodSources",
            "PodLifecycle", logging,
        ]),
    target(
        "ContainerClient",
        [
            "CRIProtocol", "Kubelet", "KubernetesAPI", "PodLifecycle", "PodSources", httpClient, nio, nioPosix,
            nioHTTP1, nioSSL,
            .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        ]),
    target(
        "ImageCredentials",
        [
            "Kubelet", "KubeletConfiguration", "KubernetesAPI", "StructuredData", "HostSystem", "ContainerRuntime",
            "PodLifecycle", logging,
        ]),
    target("HTTPServing", ["HostSystem", nio, nioPosix, nioHTTP1, nioSSL, certificates, logging, lifecycle]),
    target(
        "KubeletServer",
        [
            "Kubelet", "PodLifecycle", "KubernetesAPI", "StructuredData", "HostSystem", "HTTPServing",
            "ContainerRuntime", "ContainerLogs",
            nio, nioPosix, nioHTTP1, logging, lifecycle,
        ]),
    target(
        "KubernetesClient",
        ["KubernetesAPI", "StructuredData", "HostSystem", httpClient, nio, nioHTTP1, nioSSL, logging]),
    target("ObjectStore", ["CSQLite"]),
    target(
        "APIServer",
        [
            "KubernetesAPI", "StructuredData", "ObjectStore", "HTTPServing", nio, nioHTTP1, nioSSL, logging, lifecycle,
        ]),
    target(
        "ClusterPKI",
        ["HostSystem", "StructuredData", certificates, .product(name: "Crypto", package: "swift-crypto")]),
    .target(
        name: "PrivateContainerd", dependencies: ["HostSystem", nio, nioPosix, logging, lifecycle],
        resources: [.embedInCode("Templates")], swiftSettings: strict),
    .executableTarget(
        name: "swiftlet",
        dependencies: [
            "KubernetesAPI", "StructuredData", "HostSystem", "KubeletConfiguration", "ContainerRuntime", "CRIClient",
            "ContainerLogs", "PodSources", "PodLifecycle", "Kubelet", "KubeletServer", "KubernetesClient", "APIServer",
            "ClusterPKI", "ContainerClient", "HTTPServing", "ImageCredentials", "PrivateContainerd", httpClient, nio,
            nioHTTP1, nioSSL,
            logging, lifecycle,
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ],
        swiftSettings: strict,
        linkerSettings: [.unsafeFlags(compactLinking, .when(configuration: .release))]),
]

// SWIFTLET_BENCH adds the program behind `make bench`, which nobody else has to build.
let benchmarks: [Target] =
    Context.environment["SWIFTLET_BENCH"] == nil
    ? []
    : [
        .executableTarget(
            name: "swiftlet-bench",
            dependencies: [
                "CRIClient", "ContainerRuntime", "HostSystem", nio, nioPosix, logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict)
    ]

// What a test target may import beyond the target it is named after.
let testDependencies: [String: [Target.Dependency]] = [
    "StructuredData": [],
    "HostSystem": ["TestSupport", nioPosix],
    "KubernetesAPI": ["StructuredData"],
    "KubeletConfiguration": ["KubernetesAPI", "StructuredData", "HostSystem"],
    "CRIClient": [
        "ContainerRuntime", "KubernetesAPI", "CRIProtocol", "TestSupport",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
    ],
    "ContainerLogs": ["HostSystem", "KubernetesAPI", "TestSupport", nio, nioPosix],
    "PodSources": ["KubernetesAPI", "StructuredData", "ClusterPKI", "TestSupport"],
    "PodLifecycle": ["KubernetesAPI", "ContainerRuntime", "TestSupport"],
    "Kubelet": [
        "KubernetesAPI", "StructuredData", "KubeletConfiguration", "ContainerRuntime", "ContainerLogs", "PodSources",
        "PodLifecycle", "TestSupport", nio, nioPosix,
    ],
    "ContainerClient": [
        "CRIProtocol", "Kubelet", "KubernetesAPI", "PodLifecycle", "TestSupport", nio, nioPosix,
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
    ],
    "HTTPServing": ["ClusterPKI", "HostSystem"],
    "ImageCredentials": [
        "Kubelet", "KubeletConfiguration", "KubernetesAPI", "ContainerRuntime", "HostSystem", "TestSupport", nioPosix,
        logging,
    ],
    "KubeletServer": [
        "Kubelet", "KubernetesAPI", "StructuredData", "HTTPServing", "ClusterPKI", "ContainerRuntime", "PodLifecycle",
        "HostSystem", "ContainerLogs", nio, nioPosix,
        "TestSupport",
    ],
    "KubernetesClient": ["KubernetesAPI", "StructuredData", "HTTPServing", "ClusterPKI", "TestSupport"],
    "ObjectStore": [],
    "APIServer": ["KubernetesAPI", "StructuredData", "ObjectStore", "HTTPServing", "ClusterPKI"],
    "ClusterPKI": ["HostSystem", "StructuredData"],
    "PrivateContainerd": ["HostSystem", lifecycle],
    "Node": ["StructuredData", "HostSystem", "CRIClient", "ContainerRuntime", nio, nioPosix],
]

// SWIFTLET_TESTS=PodLifecycle,Kubelet builds only those test targets: a quick loop while working on one of them.
let chosenTests = Context.environment["SWIFTLET_TESTS"].map { Set($0.split(separator: ",").map(String.init)) }

let tests: [Target] = testDependencies.sorted { $0.key < $1.key }
    .filter { chosenTests?.contains($0.key) ?? true }
    .map { name, dependencies in
        let subject: [Target.Dependency] = name == "Node" ? [] : [.target(name: name)]
        return .testTarget(name: "\(name)Tests", dependencies: subject + dependencies, swiftSettings: strict)
    }

let package = Package(
    name: "swiftlet",
    products: [.executable(name: "swiftlet", targets: ["swiftlet"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: sources + benchmarks + [
        .target(
            name: "TestSupport",
            dependencies: [
                "KubernetesAPI", "StructuredData", "ContainerRuntime", "PodLifecycle", "HostSystem", nio, nioPosix,
                nioSSL,
            ],
            path: "Tests/TestSupport", swiftSettings: strict)
    ] + tests
)
