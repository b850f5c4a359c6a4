package import ContainerRuntime

extension FakeRuntime: ImageService {
    package func listImages() async throws -> [RuntimeImage] {
        try await note(.listImages)
        return Array(state.images.values)
    }

    package func imageStatus(_ image: ImageReference) async throws -> RuntimeImage? {
        try await note(.imageStatus, image.image)
        return state.images.values.first {
            $0.id == image.image || $0.repoTags.contains(image.image) || $0.repoDigests.contains(image.image)
        }
    }

    package func pullImage(
        _ image: ImageReference, credentials: RegistryCredentials?, sandboxConfiguration: SandboxConfiguration?
    ) async throws -> String {
        try await note(.pullImage, image.image)
        let users = update { state in
            state.pullUsers.append(credentials?.username)
            state.pullSandboxes.append(sandboxConfiguration)
            return state.registryUsers
        }
        if let users, !users.contains(credentials?.username ?? "") {
            let user = credentials?.username ?? "nobody"
            throw ContainerRuntimeError(.failed, "pull image \(image.image): 401 for \(user)")
        }
        let pulled = Self.image(image.image)
        update { $0.images[image.image] = pulled }
        return pulled.id
    }

    package func removeImage(_ image: ImageReference) async throws {
        try await note(.removeImage, image.image)
        update { state in state.images = state.images.filter { $0.key != image.image && $0.value.id != image.image } }
    }

    package func imageFileSystems() async throws -> [FileSystemUsage] {
        try await note(.imageFileSystems)
        return [FileSystemUsage(mountpoint: "/images", usedBytes: 0, usedInodes: 0)]
    }

    package func sandboxImage() async throws -> String? {
        try await note(.sandboxImage)
        return state.sandboxImage
    }
}

extension FakeRuntime: RuntimeEvents {
    package func events() -> AsyncStream<RuntimeEvent> {
        let (stream, continuation) = AsyncStream<RuntimeEvent>.makeStream()
        let id = update { state in
            state.serial += 1
            state.subscribers[state.serial] = continuation
            continuation.yield(state.isConnected ? .resynchronize : .disconnected)
            return state.serial
        }
        continuation.onTermination = { [weak self] _ in self?.update { $0.subscribers[id] = nil } }
        return stream
    }
}
