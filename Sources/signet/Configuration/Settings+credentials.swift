/// Secrets that the service manager hands over as files, systemd's `LoadCredential=` or `LoadCredentialEncrypted=`.
extension Settings {
    /// Settings that name a credential, and the setting whose value it is.
    private static let credentials = [
        "root_key.credential": ServerConfiguration.valuePath,
        "root_key.previous_credential": ServerConfiguration.previousValuePath,
    ]

    /// Puts what credentials hold in the place of their names.
    ///
    /// - Throws: ``CommandFailure`` 78 when there are none, or one can't be read.
    mutating func readCredentials(
        environment: [String: String], readFile: (String) throws -> [UInt8] = { try Input.file($0, limit: 65_536) }
    ) throws {
        for (path, place) in Self.credentials.sorted(by: { $0.key < $1.key }) {
            guard let name = self[path] else { continue }
            if self[place] != nil {
                throw CommandFailure.configuration("\(name.origin): \(path) and \(place) set the same thing")
            }
            guard !name.text.isEmpty, name.text != ".", name.text != "..", !name.text.contains("/") else {
                throw CommandFailure.configuration("\(name.origin): \(path): expected the name of a credential")
            }
            guard let directory = environment["CREDENTIALS_DIRECTORY"] else {
                throw CommandFailure.configuration(
                    "\(name.origin): \(path): there is no CREDENTIALS_DIRECTORY; systemd sets it for a unit with "
                        + "LoadCredential=\(name.text):FILE")
            }
            self[place] = Value(
                text: try Self.content(of: "\(directory)/\(name.text)", for: name.origin, readFile), origin: name.origin
            )
            self[path] = nil
        }
    }
}
