/// A page that the loopback address shows: what happened, why, what to do next.
package struct ResultPage: Sendable, Equatable {
    let status: Int
    let title: String
    let sentence: String
    let advice: String
    var reference: String?

    /// - Parameter person: how the gateway calls who signed in.
    package static func signedIn(as person: String?, at server: ServerAddress) -> ResultPage {
        ResultPage(
            status: 200, title: "You are signed in",
            sentence: "The command line is now signed in to \(server.origin)\(person.map { " as \($0)" } ?? "").",
            advice: "You can close this window and go back to your terminal.")
    }

    /// The sign-in came back, but did not succeed; the gateway's own words say what to do about it.
    package static func failed(_ error: ClientError, at server: ServerAddress) -> ResultPage {
        ResultPage(
            status: 400, title: "You are not signed in",
            sentence: error.problem?.detail?.asSentence
                ?? "The sign-in to \(server.origin) failed: \(error.sentence)".asSentence,
            advice: "You can close this window. To try again, run gatehouse login in your terminal.",
            reference: error.problem?.reference)
    }

    static let interrupted = ResultPage(
        status: 400, title: "You are not signed in",
        sentence: "The command that waited for this sign-in has ended.",
        advice: "Run gatehouse login in your terminal again.")

    static let foreignHost = ResultPage(
        status: 400, title: "Nothing here under this name",
        sentence: "Only the browser of this machine comes here, under the name localhost.",
        advice: "Nothing was done.")

    static let nothingHere = ResultPage(
        status: 404, title: "Nothing here",
        sentence: "The gatehouse command line waits here for a sign-in to come back.", advice: "Nothing was done.")

    static let methodNotAllowed = ResultPage(
        status: 405, title: "This method is not for this address", sentence: "This address takes GET.",
        advice: "Nothing was done.")

    static let notARedirect = ResultPage(
        status: 400, title: "This is no sign-in that comes back",
        sentence: "The address has not what a provider adds when it sends a browser back.",
        advice: "Go on in the window that the command line opened; it still waits.")

    static let anotherSignIn = ResultPage(
        status: 400, title: "This belongs to another sign-in",
        sentence: "The command line did not begin the sign-in that this window comes from, so nothing was done.",
        advice: "Go on in the window that it opened last, or run gatehouse login again.")
}
