import CommandLineClient

/// The credentials file, found when it is first needed: with `GATEHOUSE_SERVER` and `GATEHOUSE_TOKEN` there need be no home.
struct StoredCredentials {
    let environment: [String: String]

    func file() throws(ClientError) -> CredentialsFile { try CredentialsFile(environment: environment) }

    func read() throws(ClientError) -> Credentials { try file().read() }
}
