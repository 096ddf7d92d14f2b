/// How a request was answered (SAML Core §3.2.2.2): the code, a second one inside, and words.
struct SAMLStatus: Sendable, Equatable {
    private static let prefix = "urn:oasis:names:tc:SAML:2.0:status:"

    var code: String
    var detail: String?
    var message: String?

    static let success = SAMLStatus(code: prefix + "Success")

    static let noPassive = SAMLStatus(
        code: prefix + "Responder", detail: prefix + "NoPassive",
        message: "The user is not signed in, and the request does not allow to ask.")

    static let noContext = SAMLStatus(
        code: prefix + "Responder", detail: prefix + "NoAuthnContext",
        message: "The requested authentication context cannot be satisfied.")

    static let invalidNameIDPolicy = SAMLStatus(
        code: prefix + "Requester", detail: prefix + "InvalidNameIDPolicy",
        message: "The NameIDPolicy does not match the app's Name ID format.")

    /// Some applications were not reached by a logout (§3.7.3.2).
    static let partialLogout = SAMLStatus(code: prefix + "Success", detail: prefix + "PartialLogout")

    static let logoutFailed = SAMLStatus(
        code: prefix + "Requester", detail: prefix + "RequestDenied", message: "The logout request was refused.")

    var element: XMLElement {
        XMLElement(
            .saml2p, "Status",
            children: [
                XMLElement(
                    .saml2p, "StatusCode", ["Value": code],
                    children: [detail.map { XMLElement(.saml2p, "StatusCode", ["Value": $0]) }]),
                message.map { XMLElement(.saml2p, "StatusMessage", text: $0) },
            ])
    }
}
