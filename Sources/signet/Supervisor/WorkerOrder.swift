import Glibc
import JOSE

/// What the supervisor hands to a worker: the configuration as it was read once, and the sockets to serve.
///
/// It travels through an unnamed file in memory, so that a configuration file that was changed or removed meanwhile
/// can't keep a restarted worker from serving, and nothing secret stands in arguments or environment.
struct WorkerOrder: Hashable, Sendable {
    /// The names of listeners.
    enum ListenerName: String, Sendable, CaseIterable {
        case gateway, control, admin
    }

    var settings: Settings
    var dataDirectory: String
    var listeners: [ListenerName: ListeningSockets]
    /// Where the worker writes one octet when it serves.
    var readiness: Int32
    /// Where the opened root key is, or is to be left; nil when nobody keeps it.
    var rootKey: Int32?
    /// Workers that ended abnormally before this one.
    var restarts: Int64

    /// The order as JSON.
    func serialized() -> [UInt8] {
        var values = JSONObject()
        for path in settings.paths {
            guard let value = settings[path] else { continue }
            values[path] = ["text": .string(value.text), "origin": .string(value.origin)]
        }
        var sockets = JSONObject()
        for (name, listener) in listeners {
            sockets[name.rawValue] = [
                "address": .string(listener.address.text),
                "descriptors": .array(listener.descriptors.map { .integer(Int64($0)) }),
            ]
        }
        let order: JSONValue = [
            "settings": .object(values), "data": .string(dataDirectory), "listeners": .object(sockets),
            "readiness": .integer(Int64(readiness)), "restarts": .integer(restarts),
            "root_key": rootKey.map { .integer(Int64($0)) } ?? .null,
        ]
        return order.serialized()
    }

    /// - Throws: ``CommandFailure`` 70: only a supervisor writes orders.
    init(parsing text: [UInt8]) throws {
        guard let order = try? JSONValue(parsing: text), let values = order["settings"]?.objectValue,
            let data = order["data"]?.stringValue, let sockets = order["listeners"]?.objectValue,
            let readiness = Self.number(order["readiness"]),
            let restarts = order["restarts"]?.integerValue
        else { throw Self.unreadable }
        settings = Settings()
        for (path, value) in values {
            guard let text = value["text"]?.stringValue, let origin = value["origin"]?.stringValue else {
                throw Self.unreadable
            }
            settings[path] = Settings.Value(text: text, origin: origin)
        }
        listeners = [:]
        for (name, value) in sockets {
            guard let name = ListenerName(rawValue: name),
                let address = value["address"]?.stringValue.flatMap({ ListenAddress($0) }),
                let descriptors = value["descriptors"]?.arrayValue?.compactMap(Self.number)
            else { throw Self.unreadable }
            listeners[name] = ListeningSockets(address: address, descriptors: descriptors)
        }
        (dataDirectory, self.readiness, self.restarts) = (data, readiness, restarts)
        rootKey = Self.number(order["root_key"])
    }

    init(
        settings: Settings, dataDirectory: String, listeners: [ListenerName: ListeningSockets], readiness: Int32,
        rootKey: Int32? = nil, restarts: Int64
    ) {
        self.settings = settings
        self.dataDirectory = dataDirectory
        self.listeners = listeners
        self.readiness = readiness
        self.rootKey = rootKey
        self.restarts = restarts
    }

    private static let unreadable = CommandFailure.bug("the worker can't read its order")

    private static func number(_ value: JSONValue?) -> Int32? {
        value?.integerValue.flatMap { Int32(exactly: $0) }
    }
}
