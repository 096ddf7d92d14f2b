import Identity
import SAML

/// A form of the identity provider's site comes without our SameSite=Lax cookies. So it is answered with a page that sends
/// the same form once more, from here: then the cookies come along.
enum RepeatedForm {
    private static let marker = "resubmitted"

    /// Whether the form says that it was sent once more. Anybody's form can say so: it only keeps us from asking again.
    ///
    /// - Throws: `RequestProblem` when it says so twice.
    static func isOne(_ fields: RequestFields) throws(RequestProblem) -> Bool { try fields.single(marker) != nil }

    static func page(to action: String, _ fields: [(name: String, value: String)], title: String) -> Answer {
        PostPage(
            form: PostForm(action: action, fields: fields + [(name: marker, value: "1")]), title: title,
            sentence: "Your identity provider's answer is being checked."
        ).answer
    }
}
