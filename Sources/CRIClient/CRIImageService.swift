internal import CRIProtocol
package import ContainerRuntime
internal import GRPCCore
internal import StructuredData

/// The runtime's images over the CRI; each method is one call.
package struct CRIImageService: ImageService {
    private let connection: CRIConnection

    package init(_ connection: CRIConnection) {
        self.connection = connection
    }

    package func listImages() async throws -> [RuntimeImage] {
        let response = try await connection.call("list images") {
            try await connection.images.listImages(Runtime_V1_ListImagesRequest(), options: $0)
        }
        return response.images.map(RuntimeImage.init)
    }

    package func imageStatus(_ image: ImageReference) async throws -> RuntimeImage? {
        var request = Runtime_V1_ImageStatusRequest()
        request.image = image.message
        do {
            let response = try await connection.call("get status of image \(image.image)") {
                try await connection.images.imageStatus(request, options: $0)
            }
            return response.hasImage ? RuntimeImage(response.image) : nil
        } catch let error as ContainerRuntimeError where error.code == .notFound {
            return nil
        }
    }

    package func pullImage(
        _ image: ImageReference, credentials: RegistryCredentials?, sandboxConfiguration: SandboxConfiguration?
    ) async throws -> String {
        var request = Runtime_V1_PullImageRequest()
        request.image = image.message
        if let credentials { request.auth = credentials.message }
        if let sandboxConfiguration { request.sandboxConfig = sandboxConfiguration.message }
        // No limit: only its progress tells whether a pull is stuck, and that the runtime watches.
        let response = try await connection.call("pull image \(image.image)", timeout: nil) {
            try await connection.images.pullImage(request, options: $0)
        }
        return response.imageRef
    }

    package func removeImage(_ image: ImageReference) async throws {
        var request = Runtime_V1_RemoveImageRequest()
        request.image = image.message
        let timeout = connection.configuration.requestTimeout
        try await connection.callIgnoringNotFound("remove image \(image.image)", timeout: timeout) {
            _ = try await connection.images.removeImage(request, options: $0)
        }
    }

    package func imageFileSystems() async throws -> [FileSystemUsage] {
        let response = try await connection.call("get use of image file systems") {
            try await connection.images.imageFsInfo(Runtime_V1_ImageFsInfoRequest(), options: $0)
        }
        return response.imageFilesystems.map(FileSystemUsage.init)
    }

    /// containerd tells it with its configuration; newer ones pin the image, and so does CRI-O.
    package func sandboxImage() async throws -> String? {
        var request = Runtime_V1_StatusRequest()
        request.verbose = true
        let response = try await connection.call("get runtime configuration") {
            try await connection.runtime.status(request, options: $0)
        }
        let configuration = response.info["config"].flatMap { try? JSONValue(parsing: $0.utf8) }
        return configuration?["sandboxImage"]?.stringValue
    }
}

extension RegistryCredentials {
    fileprivate var message: Runtime_V1_AuthConfig {
        var message = Runtime_V1_AuthConfig()
        message.username = username
        message.password = password
        message.auth = auth
        message.serverAddress = serverAddress
        message.identityToken = identityToken
        message.registryToken = registryToken
        return message
    }
}
