// Verifies one SAML response over and over on one core, with the server's own code, and prints how many it does a
// second of processor time, so that a neighbour on the core takes nothing away.
//
//   saml-benchmark RESPONSE-FILE CERTIFICATE-FILE KEY-FILE ENTITY-ID ACS ISSUER TIME REQUEST-ID SECONDS
//
// Used by Tests/Benchmarks/saml.py; not part of a release. TIME is the verifier's present, as RFC 3339 writes it.

import Cryptography
import Foundation
import Identity
import SAML

@main
enum SAMLBenchmark {
    private static let parameters =
        "RESPONSE-FILE CERTIFICATE-FILE KEY-FILE ENTITY-ID ACS ISSUER TIME REQUEST-ID SECONDS"

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 10, let now = UnixTime(rfc3339: arguments[7]), let seconds = Double(arguments[9])
        else {
            FileHandle.standardError.write(Data("usage: saml-benchmark \(parameters)\n".utf8))
            exit(64)
        }
        let response = try [UInt8](Data(contentsOf: URL(fileURLWithPath: arguments[1])))
        let certificate = try Certificate(text: String(contentsOfFile: arguments[2], encoding: .utf8))
        let key = try PrivateKey(pem: String(contentsOfFile: arguments[3], encoding: .utf8))
        let verifier = ResponseVerifier(
            ResponseExpectation(
                issuer: arguments[6], certificates: [certificate], entityID: arguments[4], acsURL: arguments[5],
                answers: .request(id: arguments[8]), decryptionKeys: [key]))

        let start = processorSeconds()
        var elapsed = 0.0
        var count = 0
        while elapsed < seconds {
            for _ in 0..<20 { _ = try verifier.verify(response, now: now, random: .system) }
            count += 20
            elapsed = processorSeconds() - start
        }
        print("\(Int(Double(count) / elapsed))/s")
    }

    /// What this process has used so far.
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
