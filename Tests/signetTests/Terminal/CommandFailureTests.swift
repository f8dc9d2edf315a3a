import Egress
import JOSE
import Store
import Testing

@testable import signet

@Suite("How commands fail")
struct CommandFailureTests {
    @Test("The exit statuses are those of the contract")
    func statuses() {
        #expect(signet.ExitStatus.allCases.map(\.rawValue) == [0, 1, 64, 65, 69, 70, 77, 78])
    }

    @Test("A refusal is one line, even when its reason has several")
    func refusalIsOneLine() {
        #expect(CommandFailure.refused("key-ambiguous", "a\nb\r\nc").message == "refused: key-ambiguous: a; b; c")
    }

    @Test("Faults are lines for people and a list for programs")
    func faults() {
        var failure = CommandFailure.malformed("resource-invalid", "2 faults")
        failure.faults = [
            .init(location: "a.yaml:3", path: "spec.type", message: "expected rest"),
            .init(location: nil, path: "", message: "expected a name"),
        ]
        failure.requestID = "r1"
        #expect(
            failure.message
                == "signet: resource-invalid: 2 faults\n  a.yaml:3: spec.type: expected rest\n  expected a name\n  request id r1"
        )
        let error = failure.json["error"]
        #expect(error?["reason"]?.stringValue == "2 faults")
        #expect(error?["request_id"]?.stringValue == "r1")
        #expect(
            error?["errors"] == [
                ["location": "a.yaml:3", "path": "spec.type", "message": "expected rest"],
                ["path": "", "message": "expected a name"],
            ])
        #expect(CommandFailure.usage("x").json["error"]?["errors"] == nil)
    }

    @Test("What was done all the same stands beside the error, in one document")
    func result() {
        var failure = CommandFailure.refused("rewrap-incomplete", "1 value")
        #expect(failure.json.objectValue?.names == ["error"])
        failure.result = ["state": "incomplete"]
        #expect(failure.json["state"]?.stringValue == "incomplete")
        #expect(failure.json["error"]?["exit_status"]?.integerValue == 1)
    }

    @Test(
        "Errors of the modules below have their status",
        arguments: [
            (JOSEError(.signatureInvalid, "x"), signet.ExitStatus.refused),
            (EgressError(.unreachable, "x"), .unavailable),
            (EgressError(.urlInvalid, "x"), .usage), (StoreError(.corrupt, "x"), .configuration),
            (StoreError(.busy, "x"), .unavailable), (StoreError(.misuse, "x"), .internalError),
            (SystemFailure(action: "x", code: 2), .configuration), (CancellationError(), .internalError),
        ] as [(any Error, signet.ExitStatus)])
    func errors(error: any Error, status: signet.ExitStatus) {
        #expect(CommandFailure(describing: error).status == status)
    }
}
