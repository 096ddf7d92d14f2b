import Testing

@testable import OktaSimulator

@Suite("A message that another implementation signed")
struct SignedMessageTests {
    /// Signed by xmlsec, with a prefix list, a comment, a default namespace and characters to escape.
    static let message = """
        <samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:un="urn:unused"
          xmlns:q="urn:q" Version="2.0" ID="_signed" q:note="a &lt; b" IssueInstant="2027-01-15T08:00:00Z">
          <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">http://sp.example/ü&amp;&#13;</Issuer><dsig:Signature xmlns:dsig="http://www.w3.org/2000/09/xmldsig#">
        <dsig:SignedInfo>
        <dsig:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
        <dsig:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
        <dsig:Reference URI="#_signed">
        <dsig:Transforms>
        <dsig:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
        <dsig:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">
        <InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="un"/>
        </dsig:Transform>
        </dsig:Transforms>
        <dsig:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
        <dsig:DigestValue>CcwmbnsIp1nbpXoaCQ2kmAIXc4HqdSSi9kH3kO4u3V8=</dsig:DigestValue>
        </dsig:Reference>
        </dsig:SignedInfo>
        <dsig:SignatureValue>DOJnBxSlsDCU1rt1YU/lu2mpwYUf49UrEDJciviwY7eEpir1IJU4NNyYNLju5jgb
        uk5BmEY/w6vfOhwvpfOEa3JMrDHbFcPlpIF8GnHTrmuFJNANn59VRAbt3Eio2ftO
        2YtKFJmz7Bh2Hw6Go22csQkqvtS05XygT7OjM0QKL1E=</dsig:SignatureValue>
        </dsig:Signature><!-- not signed -->
          <samlp:Extensions><plain xmlns="">&lt;&amp;</plain></samlp:Extensions>
        </samlp:AuthnRequest>
        """

    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBjTCB96ADAgECAgEFMA0GCSqGSIb3DQEBCwUAMA0xCzAJBgNVBAMMAnNwMB4X
        DTIwMDEwMTAwMDAwMFoXDTQwMDEwMTAwMDAwMFowDTELMAkGA1UEAwwCc3AwgZ8w
        DQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBALoJedqE4XPT2KWJX8xSucB7m6p4DEo4
        7nMbxgge2+/ejpQ71EIKgexm8lgTn/hgEi8/NFM0xdF44tJS7IgqeX2Ftd40eOmO
        YGSPnQGDuXwW7LYJ9FdSdNiC9x4+1n5/EysWnGKhpYunqQ8RHcblKt8XMt1vcRJZ
        Th2S6Pkf2bgnAgMBAAEwDQYJKoZIhvcNAQELBQADgYEAmTfd4DOYAe4rMZ8iJiyB
        /zGhQifJD0VL/Burg2i7XcQn4/QIJBbYSYpchRNBu12zpedaW3sPBDBOgmgvT+B/
        pwnOFHiCA6Su3tpnLY4efzSQbr0okSNw+ySTHPar7ta5ksOKPezl5KLjCL+Xunb4
        zZxmg0IfBsBtjJn7cukdDyI=
        -----END CERTIFICATE-----
        """

    @Test("It verifies with the certificate")
    func good() throws {
        let key = try X509Certificate(text: Self.certificate).publicKey()
        #expect(EnvelopedSignature.isValid(try XMLReader.read(Array(Self.message.utf8)), key: key))
    }

    @Test(
        "It does not after any change that counts",
        arguments: [
            ("Version=\"2.0\"", "Version=\"2.1\""), ("sp.example", "sp.exbmple"), (" xmlns:un=\"urn:unused\"", ""),
            ("xml-exc-c14n#\"/>", "xml-exc-c14n#WithComments\"/>"), ("#_signed", "#_other"), ("PrefixList=\"un\"", ""),
            ("CcwmbnsI", "DcwmbnsI"), ("DOJnBxSl", "EOJnBxSl"), ("rsa-sha256", "rsa-sha512"),
            ("\n  <samlp:Ext", "<samlp:Ext"),
        ])
    func changed(_ old: String, _ new: String) throws {
        let key = try X509Certificate(text: Self.certificate).publicKey()
        let text = Self.message.replacing(old, with: new)
        #expect(text != Self.message)
        #expect(!EnvelopedSignature.isValid(try XMLReader.read(Array(text.utf8)), key: key))
    }

    @Test("A comment does not count, nor how attributes are written")
    func unchanged() throws {
        let key = try X509Certificate(text: Self.certificate).publicKey()
        let text = Self.message.replacing("<!-- not signed -->", with: "").replacing(
            "ID=\"_signed\"", with: "ID = '_signed'")
        #expect(EnvelopedSignature.isValid(try XMLReader.read(Array(text.utf8)), key: key))
    }
}
