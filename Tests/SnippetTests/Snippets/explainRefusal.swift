import JOSE

func explainRefusal() throws {
    let claims = try JWTClaims(parsing: [UInt8](#"{"iss":"https://as.example","aud":"billing","exp":2000}"#.utf8))
    let policy = ClaimsPolicy(issuer: "https://as.example", audience: .includes("orders"))
    let verdicts = policy.examine(claims, now: 1000).map { "\($0.check.rawValue) \($0.refusal == nil)" }
    print(verdicts.joined(separator: ", "))  // required claims true, iss true, aud false, exp true
}
