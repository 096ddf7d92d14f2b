import Identity
import Logging
import StrictJSON

/// One JSON object a line on standard error. Secrets redact themselves before they get here (`Identity/Secret.swift`).
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let label: String

    init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = JSONObject([
            ("time", .string(WallClock.system.now.description)), ("level", .string(event.level.rawValue)),
            ("message", .string("\(event.message)")),
        ])
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line.set(key, Self.json(value)) }
        if let error = event.error { line.set("error", .string("\(error)")) }
        LogWriter.standardError.write(JSON.object(line).serialized() + [0x0A])
    }

    private static func json(_ value: Logger.MetadataValue) -> JSON {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string("\(value)")
        case .array(let values): .array(values.map(json))
        case .dictionary(let values):
            .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, json($0.value)) }))
        }
    }
}
