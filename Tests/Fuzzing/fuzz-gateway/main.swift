// The fuzzing target that needs the whole server to be built; .ci/fuzz builds and runs it.
//
//   fuzz-gateway headers [option of libFuzzer or folder of inputs]...

import FuzzingSupport

Fuzzing.run(["headers": { HeadersTarget.run(Fuzzing.bytes($0, $1)) }])
