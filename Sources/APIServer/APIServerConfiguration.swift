package import HTTPServing

/// What an API server is told at start. All files are PEM.
package struct APIServerConfiguration: Sendable {
    package var address: ListenAddress
    package var certificateFile: String
    package var privateKeyFile: String
    /// Whose client certificates are believed.
    package var clientCAFile: String
    /// The certificate with which the server goes to kubelets.
    package var kubeletClientCertificateFile: String
    package var kubeletClientKeyFile: String
    /// Who must have signed the kubelets' serving certificates.
    package var kubeletCAFile: String
    /// The SQLite file; its directory must exist.
    package var storePath: String

    package init(
        address: ListenAddress, certificateFile: String, privateKeyFile: String, clientCAFile: String,
        kubeletClientCertificateFile: String, kubeletClientKeyFile: String, kubeletCAFile: String, storePath: String
    ) {
        self.address = address
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
        self.clientCAFile = clientCAFile
        self.kubeletClientCertificateFile = kubeletClientCertificateFile
        self.kubeletClientKeyFile = kubeletClientKeyFile
        self.kubeletCAFile = kubeletCAFile
        self.storePath = storePath
    }
}
