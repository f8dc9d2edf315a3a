import ArgumentParser
import JOSE

/// The option that every command has.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print the result, and a failure, as JSON.")
    var json = false

    /// Prints a JSON value if that is wanted, else what `text` makes.
    func print(_ value: @autoclosure () -> JSONValue, text: () -> String) {
        if json {
            StandardStreams.writeLine(value().serializedString(pretty: true))
        } else {
            let text = text()
            if !text.isEmpty { StandardStreams.writeLine(text) }
        }
    }
}
