import Hummingbird

/// What goes along with each request.
package struct SimulatorRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let notes = RequestNotes()

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}
