import CommandLineClient

extension CommandFailure {
    /// The failure of a client command, with the exit code of the contract.
    init(client error: ClientError) {
        let code =
            switch error.reason {
            case .usage: Self.usage
            case .inputUnreadable: Self.unreadableInput
            default: Self.refused
            }
        self.init(code, error.sentence)
    }
}
