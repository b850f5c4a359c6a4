#!/bin/sh
# Generates Sources/CRIProtocol from Protos/. The result is committed; run this after changing a .proto file.
#
#   scripts/generate-protos.sh          write the generated code
#   scripts/generate-protos.sh --check  fail when the committed code differs from what would be generated
#
# protoc comes from Debian. The two Swift plugins are built from the versions in Package.resolved, in a scratch
# package outside the checkout, because SwiftPM's own plugins would build protoc as well.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
scratch=${SWIFTLET_PROTOC_DIR:-${TMPDIR:-/tmp}/swiftlet-protoc}

command -v protoc >/dev/null || {
    echo "generate-protos: protoc is missing: apt-get install protobuf-compiler" >&2
    exit 1
}

mkdir -p "$scratch/Sources/Plugins"
cat >"$scratch/Package.swift" <<'MANIFEST'
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "plugins",
    dependencies: [
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
    ],
    targets: [
        .target(name: "Plugins", dependencies: [.product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")])
    ]
)
MANIFEST
: >"$scratch/Sources/Plugins/Plugins.swift"
if [ -f "$root/Package.resolved" ]; then
    cp "$root/Package.resolved" "$scratch/Package.resolved"
fi
for plugin in protoc-gen-swift protoc-gen-grpc-swift-2; do
    swift build --package-path "$scratch" --product "$plugin" >&2
done
plugins=$(swift build --package-path "$scratch" --show-bin-path)

generated=$scratch/generated
rm -rf "$generated"
mkdir -p "$generated"

# Only client stubs: the fake runtime of the tests registers its handlers itself.
options=Visibility=Package,UseAccessLevelOnImports=true,FileNaming=PathToUnderscores
services="runtime/v1/api.proto containerd/events.proto containerd/tasks.proto grpc/health.proto"
cd "$root/Protos"
# shellcheck disable=SC2086
protoc --proto_path=. --plugin="$plugins/protoc-gen-swift" \
    --swift_out="$generated" --swift_opt="$options" $services containerd/payloads.proto
# shellcheck disable=SC2086
protoc --proto_path=. --plugin="$plugins/protoc-gen-grpc-swift-2" \
    --grpc-swift-2_out="$generated" --grpc-swift-2_opt="$options,Client=true,Server=false" $services

if [ "${1:-}" = --check ]; then
    diff -ru "$root/Sources/CRIProtocol" "$generated"
else
    rm -rf "$root/Sources/CRIProtocol"
    cp -R "$generated" "$root/Sources/CRIProtocol"
fi
