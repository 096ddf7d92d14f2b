import Identity
import StrictJSON

extension GatewayAPI {
    /// Everything that a list holds, page after page.
    ///
    /// - Parameter member: of the answer, which holds the page's elements; `next` holds the cursor of the next one.
    /// - Throws: `ClientError`; `notAGateway` for an answer without the list, or when pages do not come to an end.
    package func pages(
        _ path: String, query: [(String, String)] = [], member: String
    ) async throws(ClientError) -> [JSON] {
        let mostElements = 1_000_000
        var elements: [JSON] = []
        var cursor: String?
        var seen: Set<String> = []
        while true {
            let fields = query + (cursor.map { [("cursor", $0)] } ?? [])
            let answer = try await call(.get, fields.isEmpty ? path : path + "?" + FormEncoding.encode(fields))
            guard let page = answer[member]?.array else {
                throw ClientError(.notAGateway, "\(server.origin) answers, but not as a gateway does; check the URL")
            }
            elements += page
            guard elements.count <= mostElements else {
                throw ClientError(.notAGateway, "\(server.origin) gives a list without an end")
            }
            guard let next = answer["next"]?.string, !next.isEmpty else { return elements }
            guard seen.insert(next).inserted else {
                throw ClientError(.notAGateway, "\(server.origin) gives the same page of the list again and again")
            }
            cursor = next
        }
    }
}
