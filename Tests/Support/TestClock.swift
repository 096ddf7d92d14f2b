import Cryptography
import Identity
import Synchronization

/// A clock that stands still until a test moves it.
package final class TestClock: Sendable {
    /// 2026-11-22T09:52:51Z.
    package static let start = UnixTime(seconds: 1_795_341_171)

    private let time: Mutex<UnixTime>

    package init(_ time: UnixTime = start) { self.time = Mutex(time) }

    package var now: UnixTime {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    package func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }

    package var wallClock: WallClock { WallClock { self.now } }
}

extension RandomSource {
    /// Different bytes at each call, the same in each run: a count in the first eight bytes.
    package static func counting() -> RandomSource {
        let calls = Counter()
        return RandomSource { count in
            let number = calls.next()
            return (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * $0)) : UInt8($0) }
        }
    }
}

/// Counts from 1, from any thread.
package final class Counter: Sendable {
    private let value = Mutex(0)

    package init() {}

    package var current: Int { value.withLock { $0 } }

    @discardableResult
    package func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// Holds tasks back until it opens, for tests of what happens meanwhile.
package actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    private var arrived = 0

    package init() {}

    /// Waits until the gate opens.
    package func pass() async {
        arrived += 1
        for arrival in arrivals where arrival.count <= arrived { arrival.continuation.resume() }
        arrivals.removeAll { $0.count <= arrived }
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    package func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    /// Waits until this many have come to the gate.
    package func arrivals(_ count: Int) async {
        if arrived >= count { return }
        await withCheckedContinuation { arrivals.append((count, $0)) }
    }
}
