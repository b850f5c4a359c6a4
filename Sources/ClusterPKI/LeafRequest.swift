import Glibc
import SwiftASN1
import X509

/// What a certificate shall say of its holder.
package struct LeafRequest: Sendable, Hashable {
    package enum Purpose: Sendable, Hashable {
        case server
        case client
    }

    package var purpose: Purpose
    package var commonName: String
    package var organizations: [String]
    package var dnsNames: [String]
    /// IPv4 or IPv6 addresses in text form.
    package var ipAddresses: [String]

    /// The serving certificate of these names and addresses.
    package static func server(commonName: String, dnsNames: [String], ipAddresses: [String]) -> LeafRequest {
        LeafRequest(
            purpose: .server, commonName: commonName, organizations: [], dnsNames: dnsNames, ipAddresses: ipAddresses)
    }

    /// The certificate of a user (`commonName`) who is in groups (`organizations`).
    package static func client(commonName: String, organizations: [String]) -> LeafRequest {
        LeafRequest(
            purpose: .client, commonName: commonName, organizations: organizations, dnsNames: [], ipAddresses: [])
    }

    /// The user of all rights, as kubeadm's `super-admin.conf` has it.
    package static let admin = client(commonName: "kubernetes-admin", organizations: ["system:masters"])

    /// A node's kubelet as a client of the API server.
    package static func kubelet(nodeName: String) -> LeafRequest {
        client(commonName: "system:node:\(nodeName)", organizations: ["system:nodes"])
    }

    /// The API server as a client of the kubelets.
    package static let apiServerKubeletClient = client(
        commonName: "kube-apiserver-kubelet-client", organizations: ["system:masters"])

    var subject: DistinguishedName {
        get throws {
            let attributes =
                organizations.map {
                    RelativeDistinguishedName.Attribute(type: .NameAttributes.organizationName, utf8String: $0)
                } + [RelativeDistinguishedName.Attribute(type: .NameAttributes.commonName, utf8String: commonName)]
            return try DistinguishedName(attributes)
        }
    }

    var alternativeNames: [GeneralName] {
        get throws {
            dnsNames.map(GeneralName.dnsName) + (try ipAddresses.map { .ipAddress(try Self.octets(of: $0)) })
        }
    }

    private static func octets(of address: String) throws -> ASN1OctetString {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, address, &bytes) == 1 { return ASN1OctetString(contentBytes: bytes[..<4]) }
        if inet_pton(AF_INET6, address, &bytes) == 1 { return ASN1OctetString(contentBytes: bytes[...]) }
        throw ClusterPKIError(.invalidRequest, "cannot issue a certificate for \(address): it is not an IP address")
    }
}
