import NIOCore

/// How many threads serve connections.
package enum EventLoops {
    /// To be called before anything else uses the network; afterwards it has no effect.
    package static func use(threads: Int) { NIOSingletons.groupLoopCountSuggestion = max(threads, 1) }
}
