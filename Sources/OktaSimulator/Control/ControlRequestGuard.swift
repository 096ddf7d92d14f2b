import HTTPTypes
import Hummingbird

/// The control endpoints are for programs on this machine. Pages in a browser are kept out, for the simulator runs
/// beside whatever else the browser shows.
struct ControlRequestGuard: RouterMiddleware {
    func handle(
        _ request: Request, context: SimulatorRequestContext,
        next: (Request, SimulatorRequestContext) async throws -> Response
    ) async throws -> Response {
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
        guard request.headers[.origin] == nil, site == nil || site == "none" else {
            return try .control(problem: "browsers may not use the control endpoints", status: .forbidden)
        }
        do {
            return try await next(request, context)
        } catch let error as ControlError {
            return try .control(problem: error.sentence, status: .badRequest)
        }
    }
}

/// What is wrong with a control request.
struct ControlError: Error {
    let sentence: String
}

extension Response {
    static func control(problem: String, status: HTTPResponse.Status) throws -> Response {
        try .json(["problem": .string(problem)], status: status)
    }
}

extension JSONValue {
    /// A member that names one of a fixed set; nil when it is absent.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ member: String, _ type: Choice.Type
    ) throws(ControlError) -> Choice? where Choice.RawValue == String {
        guard let value = self[member], value != .null else { return nil }
        guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlError(sentence: "'\(member)' must be one of \(known)")
        }
        return choice
    }

    func required<Choice: RawRepresentable & CaseIterable>(
        _ member: String, _ type: Choice.Type
    ) throws(ControlError) -> Choice where Choice.RawValue == String {
        guard let choice = try choice(member, type) else { throw ControlError(sentence: "'\(member)' is missing") }
        return choice
    }
}
