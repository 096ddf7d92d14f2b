import Identity

/// How somebody is told of a session: where the sign-in ended in one program and another waits for the token.
package enum TokenDelivery: Sendable {
    /// Whoever asked for the admission gets it.
    case inPlace
    /// The machine that waits with this device code.
    case device(id: String)
    /// The command line of this login, which will show the code.
    case commandLine(loginID: String, code: Secret)
}
