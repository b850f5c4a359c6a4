import CRIClient
import CRIProtocol
import GRPCCore
import Testing

@Suite struct CRIImageServiceTests {
    @Test(
        arguments: [
            (["config": #"{"containerd": {}, "sandboxImage": "reg/pause:3.6"}"#], "reg/pause:3.6"),
            (["config": #"{"other": 1}"#], nil), (["config": "no JSON"], nil), ([:], nil),
        ] as [([String: String], String?)])
    func theSandboxImageIsWhatTheRuntimeIsConfiguredWith(_ info: [String: String], _ image: String?) async throws {
        let route = Unary<Runtime_V1_StatusRequest, Runtime_V1_StatusResponse>(
            Runtime_V1_RuntimeService.Method.Status.descriptor
        ) { request in
            var response = Runtime_V1_StatusResponse()
            if request.verbose { response.info = info }
            return response
        }
        let found = try await withRuntime(route) { try await CRIImageService($0).sandboxImage() }
        #expect(found == image)
    }
}
