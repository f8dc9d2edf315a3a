/// The form of a JWS or JWE (RFC 7515 section 7, RFC 7516 section 7).
///
/// The caller names it; nothing is guessed from the input, so that no text is one thing to one reader and another to
/// the next.
public enum TokenSerialization: String, Sendable, CaseIterable {
    /// Parts between dots, for URLs and header fields. The only form of a JWT.
    case compact
    /// A JSON object with one signature or recipient.
    case flattened
    /// A JSON object with any number of signatures or recipients.
    case general
}
