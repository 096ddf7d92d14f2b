import HTTPTypes

extension HTTPField.Name {
    /// For names written in the source, which are known to be valid.
    private init(known name: StaticString) {
        guard let field = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is no field name") }
        self = field
    }

    static let host = HTTPField.Name(known: "Host")
    static let xForwardedFor = HTTPField.Name(known: "X-Forwarded-For")
    static let xForwardedHost = HTTPField.Name(known: "X-Forwarded-Host")
    static let xForwardedMethod = HTTPField.Name(known: "X-Forwarded-Method")
    static let xForwardedProto = HTTPField.Name(known: "X-Forwarded-Proto")
    static let xForwardedURI = HTTPField.Name(known: "X-Forwarded-Uri")
    static let xOriginalMethod = HTTPField.Name(known: "X-Original-Method")
    static let xOriginalURL = HTTPField.Name(known: "X-Original-URL")
    static let xGatehouseCheck = HTTPField.Name(known: "X-Gatehouse-Check")
    static let xRequestedWith = HTTPField.Name(known: "X-Requested-With")
    static let xRequestID = HTTPField.Name(known: "X-Request-Id")
    static let purpose = HTTPField.Name(known: "Purpose")
    static let secPurpose = HTTPField.Name(known: "Sec-Purpose")
    static let secFetchMode = HTTPField.Name(known: "Sec-Fetch-Mode")
    static let secFetchSite = HTTPField.Name(known: "Sec-Fetch-Site")
    static let referrerPolicy = HTTPField.Name(known: "Referrer-Policy")
    static let xFrameOptions = HTTPField.Name(known: "X-Frame-Options")

    static let xAuthUser = HTTPField.Name(known: "X-Auth-User")
    static let xAuthEmail = HTTPField.Name(known: "X-Auth-Email")
    // swift-format-ignore: DontRepeatTypeInStaticProperties
    static let xAuthName = HTTPField.Name(known: "X-Auth-Name")
    static let xAuthRealm = HTTPField.Name(known: "X-Auth-Realm")
    static let xAuthRoles = HTTPField.Name(known: "X-Auth-Roles")
    static let xAuthGroups = HTTPField.Name(known: "X-Auth-Groups")
    static let xAuthProvider = HTTPField.Name(known: "X-Auth-Provider")
    static let xAuthToken = HTTPField.Name(known: "X-Auth-Token")

    static let remoteUser = HTTPField.Name(known: "Remote-User")
    // swift-format-ignore: DontRepeatTypeInStaticProperties
    static let remoteName = HTTPField.Name(known: "Remote-Name")
    static let remoteEmail = HTTPField.Name(known: "Remote-Email")
    static let remoteGroups = HTTPField.Name(known: "Remote-Groups")

    static let xAuthRequestUser = HTTPField.Name(known: "X-Auth-Request-User")
    static let xAuthRequestEmail = HTTPField.Name(known: "X-Auth-Request-Email")
    static let xAuthRequestGroups = HTTPField.Name(known: "X-Auth-Request-Groups")
    static let xAuthRequestPreferredUsername = HTTPField.Name(known: "X-Auth-Request-Preferred-Username")
}
