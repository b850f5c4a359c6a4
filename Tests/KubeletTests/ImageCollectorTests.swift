import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

@testable import Kubelet

/// Images that go when the disk is full, and those that stay.
@Suite(.timeLimit(.minutes(3))) struct ImageCollectorTests {
    private let kubelet: TestKubelet
    private var runtime: FakeRuntime { kubelet.runtime }

    init() throws {
        kubelet = try TestKubelet(images: ["busybox:latest", "old:1", "older:1", "pause:1", "held:1"])
        runtime.update { state in
            state.sandboxImage = "pause:1"
            state.images["held:1"]?.pinned = true
            for name in ["old:1", "older:1"] { state.images[name]?.size = 60 }
        }
    }

    private var images: Set<String> { Set(runtime.state.images.keys) }

    /// Runs the kubelet with its pod, and returns when the collector rests for the first time.
    private func run(_ body: @Sendable () async throws -> Void) async throws {
        try await kubelet.run {
            kubelet.want(.sample())
            try await kubelet.waitForPhase(.running)
            try await kubelet.disk.waitForLook(1)
            try await body()
        }
    }

    /// Lets five minutes pass, and returns when the collector has looked again.
    private func passAPeriod() async throws {
        let looks = kubelet.disk.looks.count
        try await kubelet.collectorClock.waitForSleep(of: .seconds(300))
        kubelet.collectorClock.advance(by: .seconds(300))
        try await kubelet.disk.waitForLook(looks + 1)
    }

    @Test func withRoomEnoughALookAsksTheKernelOnly() async throws {
        try await run {
            let before = runtime.calls.count { $0.operation == .listImages || $0.operation == .imageFileSystems }
            for _ in 0..<3 { try await passAPeriod() }
            let after = runtime.calls.count { $0.operation == .listImages || $0.operation == .imageFileSystems }
            #expect(after == before)
            #expect(Set(kubelet.disk.looks) == ["/images"])
            #expect(images.count == 5)
        }
    }

    @Test func anImageThatIsMountedIsInUse() async throws {
        runtime.update { $0.version = RuntimeVersion(name: "containerd", version: "v2.1.0", apiVersion: "v1") }
        try await run {
            kubelet.want(
                Pod.sample().edited { pod in
                    pod.spec.volumes = [Volume()]
                    pod.spec.volumes[0].name = "site"
                    pod.spec.volumes[0].image = ImageVolumeSource()
                    pod.spec.volumes[0].image?.reference = "old:1"
                    pod.spec.volumes[0].image?.pullPolicy = .never
                    pod.spec.containers[0].volumeMounts = [VolumeMount()]
                    pod.spec.containers[0].volumeMounts[0].name = "site"
                    pod.spec.containers[0].volumeMounts[0].mountPath = "/site"
                })
            try await kubelet.waitForRun(attempt: 1)
            try await passAPeriod()
            kubelet.disk.fill(to: 1000)
            try await passAPeriod()
            try await kubelet.events.wait { $0.contains { $0.reason == "FreeDiskSpaceFailed" } }
            #expect(images.contains("old:1") && !images.contains("older:1"))
        }
    }

    @Test func aFullDiskLosesWhatNobodyUsesAndNoMoreThanItMust() async throws {
        try await run {
            try await passAPeriod()
            // 50 bytes have to go: one image of 60 is enough.
            kubelet.disk.fill(to: 850)
            try await passAPeriod()
            try await runtime.wait { $0.count(of: .removeImage) == 1 && $0.images.count == 4 }
            #expect(images.isSuperset(of: ["busybox:latest", "pause:1", "held:1"]))
            #expect(!kubelet.events.reasons.contains("FreeDiskSpaceFailed"))
        }
    }

    @Test func tooLittleToRemoveIsToldAndARepeatedFailureTwice() async throws {
        try await run {
            try await passAPeriod()
            kubelet.disk.fill(to: 1_000_000_000_000, of: 1_000_000_000_000)
            try await passAPeriod()
            let message =
                "Insufficient free disk space on the node's image filesystem (100% of 931.3 GiB used). Failed to free "
                + "sufficient space by deleting unused images (freed 120 bytes). Investigate disk usage, as it could be used "
                + "by active images, logs, volumes, or other data."
            try await kubelet.events.wait {
                $0.contains { $0.reason == "FreeDiskSpaceFailed" && $0.message == message }
            }
            #expect(images == ["busybox:latest", "pause:1", "held:1"])
            #expect(!kubelet.events.reasons.contains("ImageGCFailed"))
            try await passAPeriod()
            let again = message.replacing("freed 120", with: "freed 0")
            try await kubelet.events.wait { $0.contains { $0.reason == "ImageGCFailed" && $0.message == again } }
            #expect(
                kubelet.events.all.allSatisfy { $0.reason != "ImageGCFailed" || $0.target == EventTarget(node: "node") }
            )
        }
    }

    @Test func aFileSystemWithoutSizeIsTold() async throws {
        kubelet.disk.fill(to: 0, of: 0)
        try await run {
            try await kubelet.events.wait { events in
                events.contains {
                    $0.reason == "InvalidDiskCapacity" && $0.message == "invalid capacity 0 on image filesystem"
                }
            }
            #expect(images.count == 5)
        }
    }

    @Test func anImageThatCannotBeRemovedHoldsUpNoOther() async throws {
        try await run {
            try await passAPeriod()
            runtime.fail(
                .removeImage, subject: "sha256:old:1", with: ContainerRuntimeError(.failed, "it is stuck"), times: 9)
            kubelet.disk.fill(to: 1000)
            try await passAPeriod()
            try await kubelet.log.wait { lines in
                lines.contains {
                    $0.metadata["error"]
                        == "wanted to free 200 bytes, but freed 60 bytes space with errors in image deletion: it is stuck"
                }
            }
            #expect(images == ["busybox:latest", "pause:1", "held:1", "old:1"])
        }
    }

    /// The new version waits for its other image; the one it has got is used by nobody yet.
    @Test func whatWasFetchedForAPendingUpdateStays() async throws {
        try await run {
            runtime.fail(.pullImage, subject: "missing:1", times: 1000)
            let looks = kubelet.disk.looks.count
            kubelet.want(
                Pod.sample().edited { pod in
                    pod.spec.containers = [
                        .sample("web", image: "fetched:1"), .sample("second", image: "missing:1"),
                    ]
                })
            try await kubelet.disk.waitForLook(looks + 1)
            try await runtime.wait {
                $0.images["fetched:1"] != nil && $0.calls.contains(.init(.pullImage, "missing:1"))
            }
            for _ in 0..<2 { try await passAPeriod() }
            kubelet.disk.fill(to: 1000)
            try await passAPeriod()
            try await runtime.wait { $0.images["old:1"] == nil && $0.images["older:1"] == nil }
            #expect(images == ["busybox:latest", "pause:1", "held:1", "fetched:1"])
        }
    }

    @Test func aPullIsFollowedByALook() async throws {
        try await run {
            let looks = kubelet.disk.looks.count
            var other = Pod.sample("other-node", uid: "uid-9", hash: "hash-9")
            other.spec.containers[0].image = "other:1"
            kubelet.want(.sample(), other)
            try await kubelet.disk.waitForLook(looks + 1)
        }
    }
}
