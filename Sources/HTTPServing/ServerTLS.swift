import HostSystem
import NIOCore
package import NIOSSL
import SwiftASN1
import X509

/// A server's certificate and key, and the CA whose client certificates it believes.
package struct ServerTLS: Sendable {
    let context: NIOSSLContext
    let verifier: ClientCertificateVerifier?

    /// Reads PEM files.
    /// - Throws: `HTTPServingError` with code `invalidTLSMaterial`, naming the file.
    package init(certificateFile: String, privateKeyFile: String, clientCAFile: String? = nil) throws {
        try self.init(
            certificateChain: PEMSource(file: certificateFile), privateKey: PEMSource(file: privateKeyFile),
            clientCA: clientCAFile.map(PEMSource.init(file:)))
    }

    /// - Parameter clientCAPEM: without one no certificate is asked for, and every client is anonymous.
    package init(certificateChainPEM: [UInt8], privateKeyPEM: [UInt8], clientCAPEM: [UInt8]? = nil) throws {
        try self.init(
            certificateChain: PEMSource(name: "the server certificate", bytes: certificateChainPEM),
            privateKey: PEMSource(name: "the server key", bytes: privateKeyPEM),
            clientCA: clientCAPEM.map { PEMSource(name: "the client CA", bytes: $0) })
    }

    private init(certificateChain: PEMSource, privateKey: PEMSource, clientCA: PEMSource?) throws {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try certificateChain.certificates().map { .certificate($0) },
            privateKey: .privateKey(try privateKey.privateKey()))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(1)
        configuration.certificateVerification = .none
        if let clientCA {
            let roots = try clientCA.certificates()
            // The handshake asks for a certificate and proves that the client has its key. Whether to believe the
            // certificate is decided after it, so that the answer to a foreign one is a 401 and not an alert.
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .certificates(roots)
            configuration.sendCANameList = true
            verifier = ClientCertificateVerifier(
                roots: try clientCA.parsing { try roots.map { try Certificate(derEncoded: $0.toDERBytes()) } })
        } else {
            verifier = nil
        }
        context = try certificateChain.parsing { try NIOSSLContext(configuration: configuration) }
    }
}

/// How a proxied connection, or another client, authenticates itself and its server.
package enum ClientTLS {
    /// A context for connections to servers of a CA.
    /// - Parameters:
    ///   - serverCAFile: whom to believe; `nil` believes every server, as upstream's API server does its kubelets.
    ///   - certificateFile: the client's certificate chain.
    ///   - privateKeyFile: the key of that certificate.
    /// - Throws: `HTTPServingError` with code `invalidTLSMaterial`, naming the file.
    package static func context(
        serverCAFile: String?, certificateFile: String? = nil, privateKeyFile: String? = nil
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(1)
        if let serverCAFile {
            configuration.trustRoots = .certificates(try PEMSource(file: serverCAFile).certificates())
        } else {
            configuration.certificateVerification = .none
        }
        if let certificateFile, let privateKeyFile {
            configuration.certificateChain = try PEMSource(file: certificateFile).certificates().map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try PEMSource(file: privateKeyFile).privateKey())
        }
        return try PEMSource(name: "the client certificate", bytes: []).parsing {
            try NIOSSLContext(configuration: configuration)
        }
    }
}

/// PEM bytes and where they are from.
private struct PEMSource {
    let name: String
    let bytes: [UInt8]

    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    init(file: String) throws {
        do {
            self.init(name: file, bytes: try HostFiles.read(file, limit: 1 << 20))
        } catch {
            throw HTTPServingError(.invalidTLSMaterial, "\(error)", cause: error)
        }
    }

    func certificates() throws -> [NIOSSLCertificate] {
        let certificates = try parsing { try NIOSSLCertificate.fromPEMBytes(bytes) }
        guard !certificates.isEmpty else {
            throw HTTPServingError(.invalidTLSMaterial, "cannot use \(name): it holds no certificate")
        }
        return certificates
    }

    func privateKey() throws -> NIOSSLPrivateKey {
        try parsing { try NIOSSLPrivateKey(bytes: bytes, format: .pem) }
    }

    func parsing<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as HTTPServingError {
            throw error
        } catch {
            throw HTTPServingError(.invalidTLSMaterial, "cannot use \(name): \(error)", cause: error)
        }
    }
}
