import ContainerRuntime
import KubernetesAPI
import TestSupport
import Testing

@testable import Kubelet

@Suite struct SecurityTranslationTests {
    private static let groups: [(fsGroup: Int64?, supplemental: [Int64], expected: [Int64])] = [
        (nil, [], []), (nil, [5, 6], [5, 6]), (7, [], [7]), (7, [5, 6], [7, 5, 6]),
    ]

    @Test(arguments: groups)
    func theGroupOfTheVolumesIsOneOfThePods(fsGroup: Int64?, supplemental: [Int64], expected: [Int64]) throws {
        var pod = Pod.sample()
        pod.spec.securityContext = PodSecurityContext()
        pod.spec.securityContext?.fsGroup = fsGroup
        pod.spec.securityContext?.supplementalGroups = supplemental
        #expect(SecurityTranslation.sandboxContext(of: pod).supplementalGroups == expected)
        let context = try SecurityTranslation.containerContext(
            of: pod.spec.containers[0], in: pod, image: RuntimeImage(id: "image"), seccompDefault: false)
        #expect(context.supplementalGroups == expected)
    }
}
