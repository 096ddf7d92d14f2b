import FoundationEssentials
import HTTPTypes
import Hummingbird

/// Puts the simulator's own time into every answer: a client that reads Date (RFC 9110 §6.6.1) must not see another time
/// than the tokens tell.
struct DatedResponder<Inner: HTTPResponder<SimulatorRequestContext>>: HTTPResponder {
    let inner: Inner
    let clock: SimulatorClock

    func respond(to request: Request, context: SimulatorRequestContext) async throws -> Response {
        var response: Response
        do {
            response = try await inner.respond(to: request, context: context)
        } catch let error as any HTTPResponseError {
            response = try error.response(from: request, context: context)
        }
        response.headers[.date] = HTTPDate.text(clock.now)
        return response
    }
}

/// IMF-fixdate (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func text(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .weekday, .hour, .minute, .second], from: date)
        let weekday = weekdays[(parts.weekday ?? 1) - 1]
        let month = months[(parts.month ?? 1) - 1]
        let time = [parts.hour, parts.minute, parts.second].map { padded($0, to: 2) }.joined(separator: ":")
        return "\(weekday), \(padded(parts.day, to: 2)) \(month) \(padded(parts.year, to: 4)) \(time) GMT"
    }

    private static func padded(_ number: Int?, to width: Int) -> String {
        let digits = String(number ?? 0)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
