import Glibc
import JOSE

/// Another library's program that opens the same tokens, measured in turns with ours.
///
/// It is called with the file of a case and a number of milliseconds, opens the case's token as often as it can in that
/// time, and prints one JSON object: `library`, what it is; `operations`; `seconds`, the processor time that it used.
struct PeerComparison {
    let program: String
    let milliseconds: Int

    /// What came out for one form.
    struct Row {
        let name: String
        let library: String
        let open: Double
        let peerOpen: Double

        var ratio: Double { open / peerOpen }

        var json: JSONValue {
            [
                "name": .string(name), "library": .string(library), "open": .integer(Int64(open.rounded())),
                "peer_open": .integer(Int64(peerOpen.rounded())), "ratio": .number((ratio * 100).rounded() / 100),
            ]
        }
    }

    /// The forms that the goal is about.
    static let forms = ["dir", "symmetric"]
    private static let rounds = 5

    func run(_ progress: (String) -> Void) async throws -> [Row] {
        try await BenchDirectory.lent { directory in
            var rows: [Row] = []
            for form in TokenForm.all where Self.forms.contains(form.name) {
                progress("\(form.title), beside \(program)")
                rows.append(try await measure(form, directory))
            }
            return rows
        }
    }

    static func table(_ rows: [Row]) -> String {
        var table = TextTable(["ALL CLAIMS READ", "OPEN/S", "PEER/S", "TIMES"], alignRight: [1, 2, 3])
        for row in rows {
            table.append([
                row.name, String(Int64(row.open.rounded())), String(Int64(row.peerOpen.rounded())),
                Decimals.text(row.ratio, places: 2),
            ])
        }
        let lines = [
            "peer: \(rows.first?.library ?? "none")",
            "each opening decrypts, verifies the signature inside, and reads all eight claims into a structure",
        ]
        return (table.lines + lines).joined(separator: "\n")
    }

    static func goals(_ rows: [Row]) -> [Goal] {
        rows.map { row in
            Goal(
                name: "open \(row.name), to \(row.library.split(separator: " ").first ?? "the peer")",
                bound: .atLeast(5), measured: row.ratio, unit: "x")
        }
    }

    private func measure(_ form: TokenForm, _ directory: String) async throws -> Row {
        let token = try BenchToken(form)
        let file = "\(directory)/case.json"
        let description: JSONObject = [
            "alg": .string(form.keyManagement), "enc": "A256GCM", "signature_alg": .string(form.signature),
            "token": .string(String(decoding: token.octets, as: UTF8.self)),
            "decryption_key": .object(token.encryptionJWK.object(includingPrivate: true)),
            "verification_key": .object(token.signingJWK.object(includingPrivate: true)),
        ]
        try PrivateFile.write(description.serialized(), to: file)
        let slice = max(1, milliseconds / Self.rounds)
        var (count, time) = (0, Duration.zero)
        var (peerCount, peerSeconds, library) = (0.0, 0.0, "")
        try token.openAndReadClaims()
        for _ in 0..<Self.rounds {
            let own = try Stopwatch.repeated(token.openAndReadClaims, for: .milliseconds(slice))
            (count, time) = (count + own.0, time + own.1)
            let answer = try await ask(file, slice, output: "\(directory)/peer.out")
            guard let operations = answer["operations"]?.numberValue, let seconds = answer["seconds"]?.numberValue,
                let name = answer["library"]?.stringValue
            else { throw CommandFailure.unavailable("\(program) did not say operations, seconds and library") }
            (peerCount, peerSeconds, library) = (peerCount + operations, peerSeconds + seconds, name)
        }
        return Row(
            name: form.title, library: library, open: Double(count) / time.inSeconds,
            peerOpen: peerCount / peerSeconds)
    }

    private func ask(_ file: String, _ milliseconds: Int, output: String) async throws -> JSONObject {
        unsafe unlink(output)
        let peer = try ChildProgram(program, [file, String(milliseconds)], output: output)
        let status = try await peer.wait()
        let text = try Input.file(output)
        guard status == 0, let answer = try? JSONObject(parsing: text) else {
            throw CommandFailure.unavailable("\(program) failed: \(String(decoding: text.prefix(500), as: UTF8.self))")
        }
        return answer
    }
}
