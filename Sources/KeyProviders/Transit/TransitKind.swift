package import KeyManagement

/// `root_key.provider: transit`.
package enum TransitKind: ProviderKind {
    package static let name = "transit"

    package static func make(_ settings: inout ProviderSettings) -> (any KeyProvider)? {
        TransitSettings(&settings).map { TransitProvider($0) }
    }
}
