// The fuzzing targets that need no server; .ci/fuzz builds and runs them.
//
//   fuzz TARGET [option of libFuzzer or folder of inputs]...
//   fuzz seeds FOLDER

import FuzzingSupport
import Glibc

let targets: [String: FuzzingTarget] = [
    "xml": { XMLTarget.run(Fuzzing.bytes($0, $1)) },
    "response": { ResponseTarget.run(Fuzzing.bytes($0, $1)) },
    "assertion": { AssertionTarget.run(Fuzzing.bytes($0, $1)) },
    "decryption": { DecryptionTarget.run(Fuzzing.bytes($0, $1)) },
    "redirect": { RedirectTarget.run(Fuzzing.bytes($0, $1)) },
    "metadata": { MetadataTarget.run(Fuzzing.bytes($0, $1)) },
    "jose": { JOSETarget.run(Fuzzing.bytes($0, $1)) },
]

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "seeds" {
    exit(try Seeds.write(to: CommandLine.arguments[2]) ? 0 : 1)
}
Fuzzing.run(targets)
