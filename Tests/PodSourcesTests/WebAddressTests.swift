import Testing

@testable import PodSources

@Suite struct WebAddressTests {
    @Test(arguments: [
        ("HTTP://User:pw@Example.com/a?b#c", "http://example.com/a?b"),
        ("https://example.com:443", "https://example.com/"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://[::1]?q", "http://[::1]/?q"),
    ])
    func isShownWithoutItsUser(_ text: String, _ shown: String) {
        #expect(WebAddress(text)?.description == shown)
    }

    @Test(arguments: [
        ("http://x/", nil), ("http://me@x/", "me:"), ("http://me:p%40ss%zz@x/", "me:p@ss%zz"), ("http://a%3a@x/", "a:"),
    ])
    func credentialsAreDecoded(_ text: String, _ credentials: String?) {
        #expect(WebAddress(text)?.basicCredentials.map { String(decoding: $0, as: UTF8.self) } == credentials)
    }

    @Test(arguments: [
        ("other", "https://a.b/c/other"), ("/x?y", "https://a.b/x?y"), ("//d.e/f", "https://d.e/f"),
        ("http://d.e", "http://d.e/"),
    ])
    func locationsAreResolved(_ location: String, _ target: String) {
        #expect(WebAddress("https://a.b/c/d?e/f")?.resolving(location)?.description == target)
    }

    @Test func originsDifferBySchemeHostAndPort() throws {
        let origin = try #require(WebAddress("https://a.b/c"))
        #expect(origin.isSameOrigin(as: try #require(WebAddress("https://A.b:443/d"))))
        for other in ["http://a.b:443/c", "https://a.c/c", "https://a.b:444/c"] {
            #expect(!origin.isSameOrigin(as: try #require(WebAddress(other))))
        }
    }

    @Test func redirectsFromHTTPSToHTTPAreRefused() throws {
        let secure = try #require(WebAddress("https://a.b/c"))
        #expect(try ManifestFetcher.redirect(from: secure, to: "https://other/").description == "https://other/")
        let plain = try #require(WebAddress("http://a.b/c"))
        #expect(try ManifestFetcher.redirect(from: plain, to: "https://a.b/").description == "https://a.b/")
        for location in ["http://a.b/d", "ftp://a.b/"] {
            #expect(throws: ManifestFetcher.Failure.self) {
                try ManifestFetcher.redirect(from: secure, to: location)
            }
        }
    }
}
