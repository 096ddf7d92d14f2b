import Testing

@testable import SAML

@Suite("Okta's addresses")
struct OktaAddressTests {
    @Test(
        "the sign-on URL tells the issuer",
        arguments: [
            ("https://acme.okta.com/app/acme_gatehouse_1/exk1example/sso/saml", "http://www.okta.com/exk1example"),
            ("https://login.acme.example/app/acme_gatehouse_1/exkAbC123/sso/saml", "http://www.okta.com/exkAbC123"),
            ("http://localhost:8302/app/gatehouse/exk1gatehouse/sso/saml", "http://www.okta.com/exk1gatehouse"),
        ])
    func issuer(url: String, issuer: String) {
        #expect(OktaAddress.issuer(ofSSOURL: url) == issuer)
    }

    @Test(
        "other addresses tell nothing",
        arguments: [
            "", "exk1example", "http://acme.okta.com/app/x/exk1example/sso/saml",
            "https://acme.okta.com/app/x/exk1/sso/saml/",
            "https://acme.okta.com/app/exk1example/sso/saml", "https://acme.okta.com/app//exk1example/sso/saml",
            "https://acme.okta.com/app/x/0oa1example/sso/saml", "https://acme.okta.com/app/x/exk/sso/saml",
            "https://acme.okta.com/app/x/exk1%2F..%2F/sso/saml", "https://acme.okta.com/app/x/exk1example/slo/saml",
            "https://acme.okta.com/app/x/exk1example/sso/saml?a=b",
            "https://acme.okta.com/app/x/exk1example/sso/saml#a",
            "https://acme.okta.com/x/app/x/exk1example/sso/saml",
            "https://acme.okta.com@evil.example/app/x/exk1/sso/saml",
            "https:///app/x/exk1example/sso/saml",
        ])
    func others(url: String) {
        #expect(OktaAddress.issuer(ofSSOURL: url) == nil)
    }
}
