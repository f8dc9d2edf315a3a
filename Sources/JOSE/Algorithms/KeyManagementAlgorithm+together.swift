extension KeyManagementAlgorithm {
    /// Checks that the algorithms of several recipients go together: none has the content for itself (RFC 7516
    /// section 5.1 step 2: with direct encryption and agreement the content key would be one's own), and none that a
    /// quantum computer breaks gives away the content key of one that it does not (draft-ietf-jose-hpke-pq-pqt
    /// section 5).
    /// - Throws: `header-invalid`.
    static func checkTogether(_ algorithms: [KeyManagementAlgorithm]) throws(JOSEError) {
        guard algorithms.count > 1 else { return }
        if let single = algorithms.first(where: \.isForOneRecipient) {
            throw JOSEError(.headerInvalid, "\(single.rawValue) can't be used with several recipients")
        }
        guard let hybrid = algorithms.first(where: { $0.hpkeSuite == .xWing }),
            let weaker = algorithms.first(where: { !$0.isQuantumResistant })
        else { return }
        throw JOSEError(.headerInvalid, "\(weaker.rawValue) would undo \(hybrid.rawValue) for the same content")
    }

    /// The refusal of a way of key management that was asked for something it does not do.
    var noContentKey: JOSEError { JOSEError(.operationFailed, "\(rawValue) does not encrypt in this way") }
}
