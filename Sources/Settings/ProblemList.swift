/// Collects what is wrong, so that an administrator sees all of it at once.
final class ProblemList {
    let file: String
    private var problems: [ConfigurationProblem] = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { problems.isEmpty }

    var error: ConfigurationError {
        ConfigurationError(problems: problems.sorted { $0.line < $1.line })
    }

    func add(line: Int, _ message: String) {
        problems.append(ConfigurationProblem(file: file, line: line, message: message))
    }
}
