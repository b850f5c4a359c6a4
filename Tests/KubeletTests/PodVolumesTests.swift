import Glibc
import HostSystem
import KubernetesAPI
import StructuredData
import TestSupport
import Testing

@testable import Kubelet

/// Volumes as they are on the host.
@Suite struct PodVolumesTests {
    private let directory: TemporaryDirectory
    private let paths: PodPaths
    private let mounts = FakeMountTable()
    private let volumes: PodVolumes

    init() throws {
        directory = try TemporaryDirectory()
        paths = PodPaths(root: directory.path + "/root", logs: directory.path + "/logs")
        volumes = PodVolumes(
            paths: paths, mounts: mounts,
            node: NodeFacts(
                name: "node", addresses: [], memoryCapacity: 0,
                allocatable: ["cpu": "4", "memory": "8Gi", "ephemeral-storage": "100Gi"]),
            clock: ManualClock())
    }

    private func pod(_ spec: String) throws -> Pod {
        var pod = Pod.sample()
        pod.metadata.labels = ["app": "web"]
        let decoded = PodSpec.decode(try DocumentReader.readSingle(Array(spec.utf8)))
        #expect(decoded.issues.isEmpty)
        pod.spec.volumes = decoded.value.volumes
        return pod
    }

    // MARK: Files of the pod's fields

    private static let downwardAPI = """
        volumes:
        - name: info
          downwardAPI:
            defaultMode: 292
            items:
            - {path: name, fieldRef: {fieldPath: metadata.name}}
            - {path: meta/labels, fieldRef: {fieldPath: metadata.labels}}
            - {path: meta/app, mode: 256, fieldRef: {fieldPath: "metadata.labels['app']"}}
            - {path: cpu, resourceFieldRef: {containerName: web, resource: limits.cpu}}
        """

    @Test func fieldsOfThePodAreFilesThatContainersOnlyRead() throws {
        let pod = try pod(Self.downwardAPI)
        let path = "\(directory.path)/root/pods/uid-1/volumes/kubernetes.io~downward-api/info"
        #expect(try volumes.prepare(pod) == ["info": PreparedVolume(path: path, isReadOnly: true)])
        for (file, text, mode) in [
            ("name", "web-node", 0o444), ("meta/labels", "app=\"web\"", 0o444), ("meta/app", "web", 0o400),
            ("cpu", "4", 0o444),
        ] {
            #expect(try HostFiles.readText("\(path)/\(file)") == text)
            #expect(try HostFiles.attributes("\(path)/\(file)")?.mode == UInt32(mode))
        }
        #expect(try HostFiles.attributes(path)?.mode == 0o755)
        #expect(mounts.mounts == [])
    }

    @Test func filesFollowThePodWhenRefreshed() throws {
        var pod = try pod(Self.downwardAPI + "\n- {name: data, emptyDir: {}}")
        let ready = try volumes.prepare(pod)
        let path = try #require(ready["info"]?.path)
        pod.metadata.labels = ["app": "other"]
        try volumes.refresh(pod)
        #expect(try HostFiles.readText("\(path)/meta/app") == "other")
        #expect(try HostFiles.readText("\(path)/meta/labels") == "app=\"other\"")
    }

    @Test func sourcesAreProjectedIntoOneDirectory() throws {
        var pod = try pod(
            """
            volumes:
            - name: all
              projected:
                defaultMode: 256
                sources:
                - downwardAPI:
                    items:
                    - {path: name, fieldRef: {fieldPath: metadata.name}}
                    - {path: meta/app, fieldRef: {fieldPath: "metadata.labels['app']"}}
                - downwardAPI: {items: [{path: meta/uid, mode: 420, fieldRef: {fieldPath: metadata.uid}}]}
            """)
        let path = "\(directory.path)/root/pods/uid-1/volumes/kubernetes.io~projected/all"
        #expect(try volumes.prepare(pod) == ["all": PreparedVolume(path: path, isReadOnly: true)])
        for (file, text, mode) in [
            ("name", "web-node", 0o400), ("meta/app", "web", 0o400), ("meta/uid", "uid-1", 0o644),
        ] {
            #expect(try HostFiles.readText("\(path)/\(file)") == text)
            #expect(try HostFiles.attributes("\(path)/\(file)")?.mode == UInt32(mode))
        }
        pod.metadata.labels = [:]
        try volumes.refresh(pod)
        #expect(try HostFiles.readText("\(path)/meta/app") == "")
        pod.spec.volumes = []
        try volumes.removeForeign(of: pod)
        #expect(!HostFiles.exists(path))
    }

    @Test func aFieldThatIsNotThereNamesItsFile() throws {
        let pod = try pod(
            "volumes: [{name: i, downwardAPI: {items: [{path: a/b, fieldRef: {fieldPath: spec.nodeName}}]}}]")
        let error = #expect(throws: VolumeError.self) { try volumes.prepare(pod) }
        #expect(
            error?.message
                == "MountVolume.SetUp failed for volume \"i\" : cannot write file a/b: unknown field spec.nodeName")
    }

    @Test func aVolumeThatIsMountedInsideHasAPlace() throws {
        var pod = try pod(Self.downwardAPI + "\n- {name: data, emptyDir: {}}")
        pod.spec.containers[0].volumeMounts = [
            ("info", "/etc/info"), ("data", "/etc/info/data/deep"), ("data", "/etc/info/data/deep/er"),
            ("data", "/etc/info/name"), ("data", "/etc/information"),
        ].map { name, path in
            var mount = VolumeMount()
            mount.name = name
            mount.mountPath = path
            return mount
        }
        let path = try #require(try volumes.prepare(pod)["info"]?.path)
        try volumes.refresh(pod)
        #expect(try HostFiles.list(path + "/data") == ["deep"])
        #expect(try HostFiles.list(path + "/data/deep") == [])
        #expect(try HostFiles.readText(path + "/name") == "web-node")
    }

    // MARK: Parts

    private func bind(_ parts: [String], of pod: Pod) throws -> [Int: String] {
        let subPaths = parts.enumerated().map { SubPath(index: $0, volume: "data", path: $1) }
        return try volumes.bind(subPaths, of: "web", in: pod.uid, volumes.prepare(pod))
    }

    @Test func aPartIsMountedWhereNoContainerCanReach() throws {
        let pod = try pod("volumes: [{name: data, emptyDir: {}}]")
        let data = paths.volume(pod.uid, .emptyDir, "data")
        try HostFiles.createDirectory(data)
        try HostFiles.createFile(data + "/file", mode: 0o644)
        let place = "\(directory.path)/root/pods/uid-1/volume-subpaths/data/web"
        #expect(try bind(["a/b", "file"], of: pod) == [0: place + "/0", 1: place + "/1"])
        #expect(mounts.mounts.map(\.path) == [place + "/0", place + "/1"])
        #expect(mounts.mounts.map(\.source) == [data + "/a/b", data + "/file"])
        // Made with the mode of the volume, for the pod's users.
        #expect(try HostFiles.attributes(data + "/a")?.mode == HostFiles.attributes(data)?.mode)
        #expect(try HostFiles.attributes(place + "/0")?.kind == .directory)
        #expect(try HostFiles.attributes(place + "/1")?.kind == .file)
    }

    @Test func aPartThatChangedIsMountedAnew() throws {
        let pod = try pod("volumes: [{name: data, emptyDir: {}}]")
        let data = paths.volume(pod.uid, .emptyDir, "data")
        _ = try bind(["part"], of: pod)
        try HostFiles.removeTree(data + "/part")
        try HostFiles.createFile(data + "/part", mode: 0o644)
        let place = try #require(try bind(["part"], of: pod)[0])
        #expect(mounts.mounts.map(\.path) == [place])
        #expect(try HostFiles.attributes(place)?.kind == .file)
    }

    @Test func aPartThatLeadsOutIsRefused() throws {
        let pod = try pod("volumes: [{name: data, emptyDir: {}}]")
        let data = paths.volume(pod.uid, .emptyDir, "data")
        try HostFiles.createDirectory(data)
        try HostFiles.symbolicLink(data + "/out", to: "/etc")
        let error = #expect(throws: ContainerStartError.self) { try bind(["out"], of: pod) }
        #expect(error?.code == .createContainerConfigError)
        // Whether the host has an /etc is not for everybody.
        #expect(error?.message == "failed to prepare subPath for volumeMount \"data\" of container \"web\"")
        #expect(error?.detail == "out: cannot open out: it leads out of \(data)")
        #expect(mounts.mounts == [])
    }

    @Test func partsThatNoContainerHasAnyMoreAreUnmounted() throws {
        var pod = try pod("volumes: [{name: data, emptyDir: {}}]")
        let places = try bind(["a", "b"], of: pod)
        var mount = VolumeMount()
        mount.name = "data"
        mount.subPath = "a"
        pod.spec.containers[0].volumeMounts = [mount]
        try volumes.removeForeign(of: pod)
        #expect(mounts.mounts.map(\.path) == [try #require(places[0])])
        #expect(!HostFiles.exists(try #require(places[1])))
        try volumes.tearDown(pod.uid)
        #expect(mounts.mounts == [])
        #expect(!HostFiles.exists(paths.pod(pod.uid)))
    }

    /// What is mounted there unnoticed is somebody's files.
    @Test func aPlaceThatIsNotEmptyIsNotRemoved() throws {
        let pod = try pod("volumes: [{name: data, emptyDir: {}}]")
        let place = try #require(try bind(["a"], of: pod)[0])
        try HostFiles.createFile(place + "/precious", mode: 0o644)
        #expect(throws: HostSystemError.self) { try volumes.tearDown(pod.uid) }
        #expect(HostFiles.exists(place + "/precious"))
    }

    // MARK: Groups

    /// Whether this process may give files away, as the kubelet may.
    private static let isRoot = geteuid() == 0

    @Test(.enabled(if: isRoot, "only root may give files to any group"))
    func volumesBelongToTheGroupOfThePod() throws {
        var pod = try pod(
            Self.downwardAPI
                + """

                - {name: data, emptyDir: {}}
                - {name: fast, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
                - {name: host, hostPath: {path: \(directory.path)/host, type: DirectoryOrCreate}}
                """)
        pod.spec.securityContext = PodSecurityContext()
        pod.spec.securityContext?.fsGroup = 2345
        let ready = try volumes.prepare(pod)
        let info = try #require(ready["info"]?.path)
        for (path, mode) in [
            (info, 0o2755), (info + "/meta", 0o2755), (info + "/name", 0o444), (info + "/meta/app", 0o440),
            (try #require(ready["data"]?.path), 0o2777),
        ] {
            let found = try HostFiles.attributes(path)
            #expect(found?.groupID == 2345, "\(path)")
            #expect(found?.mode == UInt32(mode), "\(path)")
            #expect(found?.userID == 0, "\(path)")
        }
        for link in ["/..data", "/meta", "/name"] {
            #expect(try HostFiles.attributes(info + link, followingLinks: false)?.groupID == 2345)
        }
        #expect(
            mounts.mounts.compactMap(\.memory) == [MemoryOptions(sizeLimit: 1 << 20, mode: 0o2777, group: 2345)])
        #expect(try HostFiles.attributes(try #require(ready["host"]?.path))?.groupID == 0)

        // What the pod does to its directory stays; what is not as it should be in the kubelet's files doesn't.
        let data = try #require(ready["data"]?.path)
        try HostFiles.setMode(data, 0o700)
        let link = try HostFiles.target(ofLink: info + "/..data")
        _ = try volumes.prepare(pod)
        #expect(try HostFiles.attributes(data)?.mode == 0o700)
        #expect(try HostFiles.target(ofLink: info + "/..data") == link)
    }

    @Test func anEmptyDirectoryThatWasHalfMadeIsMadeWhole() throws {
        let pod = try pod("volumes: [{name: data, emptyDir: {}}]")
        try HostFiles.createDirectory(paths.volume(pod.uid, .emptyDir, ".data"), mode: 0o700)
        let path = try #require(try volumes.prepare(pod)["data"]?.path)
        #expect(try HostFiles.attributes(path)?.mode == 0o777)
        #expect(try HostFiles.list(HostFiles.parent(of: path)) == ["data"])
    }

    // MARK: Leaving

    @Test func whatThePodNoLongerHasIsRemoved() throws {
        var pod = try pod(
            Self.downwardAPI + "\n- {name: data, emptyDir: {}}\n- {name: fast, emptyDir: {medium: Memory}}")
        let before = try volumes.prepare(pod)
        #expect(mounts.mounts.map(\.path) == [try #require(before["fast"]?.path)])
        pod.spec.volumes.removeAll { $0.name != "data" }
        try volumes.removeForeign(of: pod)
        #expect(mounts.mounts == [])
        for (name, volume) in before { #expect(HostFiles.exists(volume.path) == (name == "data")) }
        try volumes.tearDown(pod.uid)
        #expect(try volumes.storedPods() == [])
    }
}
