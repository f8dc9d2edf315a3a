import HTTPEngine
import JOSE
import Resources
import Testing

@testable import Gateway

/// Methods that no route carries, whatever it says.
@Suite struct MethodTests {
    private func loop() throws -> TestLoop {
        var world = try TestWorld()
        world.apis[0].spec.routes = [
            Route(path: .prefix("/any")), Route(path: .prefix("/open"), access: .public),
            Route(path: .prefix("/named"), methods: ["TRACE", "TRACK"], access: .public),
            Route(path: .prefix("/open/orders"), methods: ["GET", "POST", "DELETE"], scopes: ["orders.read"]),
        ]
        return try TestLoop(world)
    }

    private func code(_ line: String, _ fields: [String] = []) throws -> String {
        guard let answer = try loop().answer(line, fields) else { return "forwarded" }
        return try JSONValue(parsing: answer.body)["code"]?.stringValue ?? ""
    }

    /// RFC 9110 section 9.3.8: the answer repeats the request, with the fields that the gateway added.
    @Test(arguments: ["TRACE", "TRACK"], ["/any/1", "/open/1", "/named/1", "/nowhere"])
    func whatReflectsARequestIsNotAllowed(method: String, path: String) throws {
        let world = try TestWorld()
        let answer = try #require(try loop().answer("\(method) \(path)", [bearer(world.token())]))
        #expect(answer.status == 405)
        #expect(answer.text.contains(#""code":"method-not-allowed""#))
        let allowed = try #require(answer.field("Allow"))
        #expect(allowed.contains("GET") && !allowed.contains("TRA"))
    }

    /// The route for any method would take what an upstream may read as the method of the guarded one.
    @Test(arguments: ["get", "Post", "dELETE", "trace", "Track", "connect", "head"])
    func aMethodInAnotherCaseIsMalformed(method: String) throws {
        #expect(try code("\(method) /open/orders/1") == "request-malformed")
        #expect(try code("\(method) /open/1") == "request-malformed")
    }

    @Test(arguments: ["PURGE", "purge", "REPORT", "GETS", "TRACER"]) func otherExtensionMethodsPass(method: String)
        throws
    {
        #expect(try code("\(method) /open/1") == "forwarded")
    }
}
