/// Where credentials come from, in the order in which they are looked for.
enum AWSCredentialSource: String, Sendable, CaseIterable {
    /// `AWS_ACCESS_KEY_ID` and so on.
    case environment
    /// A section of the credentials file.
    case profile
    /// A token of the platform, exchanged at STS for those of a role (EKS, GitHub and others).
    case webIdentity = "web-identity"
    /// The agent of ECS or of EKS's pod identity.
    case container
    /// The metadata service of EC2.
    case instance
}
