// Verifies one ID token over and over on one core, with the server's own code, and prints how many it does a second.
//
//   verification-benchmark TOKEN-FILE JWKS-FILE ISSUER CLIENT_ID SECONDS
//
// Used by Tests/Benchmarks/bench.py; not part of a release.

import Foundation
import Identity
import JOSE
import OIDC

@main
enum VerificationBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let seconds = Double(arguments[5]) else {
            FileHandle.standardError.write(
                Data("usage: verification-benchmark TOKEN-FILE JWKS-FILE ISSUER CLIENT_ID SECONDS\n".utf8))
            exit(64)
        }
        let token = try String(contentsOfFile: arguments[1], encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let keys = try JWKSet([UInt8](Data(contentsOf: URL(fileURLWithPath: arguments[2]))))
        let verifier = IDTokenVerifier(
            IDTokenExpectation(issuer: arguments[3], clientID: arguments[4], nonce: nil))

        let start = ContinuousClock.now
        let end = start + .milliseconds(Int64(seconds * 1000))
        var count = 0
        while ContinuousClock.now < end {
            for _ in 0..<100 { _ = try verifier.verify(token, keys: keys, now: WallClock.system.now) }
            count += 100
        }
        let (wholeSeconds, attoseconds) = (ContinuousClock.now - start).components
        let elapsed = Double(wholeSeconds) + Double(attoseconds) / 1e18
        print("\(Int(Double(count) / elapsed))/s")
    }
}
