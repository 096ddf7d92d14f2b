import Synchronization

/// The organisation's people, who can be changed while the simulator runs.
package final class PeopleDirectory: Sendable {
    private let state: Mutex<[Person]>

    package init(_ people: [Person]) {
        state = Mutex(people)
    }

    package var all: [Person] { state.withLock { $0 } }

    /// The person with this id or this e-mail address, upper or lower case.
    package func person(_ name: String) -> Person? {
        state.withLock { people in people.first { $0.matches(name) } }
    }

    /// Changes one person; nil when there is none of that id or address.
    package func change<Failure: Error>(
        _ name: String, _ change: (inout Person) throws(Failure) -> Void
    ) throws(Failure) -> Person? {
        try state.withLock { (people) throws(Failure) -> Person? in
            guard let index = people.firstIndex(where: { $0.matches(name) }) else { return nil }
            var person = people[index]
            try change(&person)
            people[index] = person
            return person
        }
    }

    /// Puts `person` at the end of the list; false when someone already has the id or address.
    func add(_ person: Person) -> Bool {
        state.withLock { people in
            if people.contains(where: { $0.matches(person.email) || $0.matches(person.id) }) { return false }
            people.append(person)
            return true
        }
    }
}

extension Person {
    fileprivate func matches(_ name: String) -> Bool {
        id == name || email.lowercased() == name.lowercased()
    }
}
