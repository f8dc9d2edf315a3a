import Resources

/// Compares a presented client secret with the digest that is kept of it.
///
/// The work is the same whether the client exists or not: without a digest the comparison is made with one that nothing
/// is known to hash to, and fails.
enum SecretCheck {
    private static let nobody = [UInt8](repeating: 0, count: 32)

    static func matches(_ secret: String, digest: [UInt8]?) -> Bool {
        let isEqual = ClientSecrets.matches(Array(secret.utf8), digest: digest ?? nobody)
        return isEqual && digest != nil
    }
}
