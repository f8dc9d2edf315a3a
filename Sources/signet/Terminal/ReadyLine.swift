import JOSE

/// The line that tells where a listener is, once it serves.
enum ReadyLine {
    /// Prints `listening NAME http://ADDRESS`, or the same as a JSON object in one line.
    static func print(name: String, address: ListenAddress, json: Bool) {
        let url = "http://\(address.text)"
        if json {
            let line: JSONValue = ["listening": .string(name), "url": .string(url)]
            StandardStreams.writeLine(line.serializedString(pretty: false))
        } else {
            StandardStreams.writeLine("listening \(name) \(url)")
        }
    }
}
