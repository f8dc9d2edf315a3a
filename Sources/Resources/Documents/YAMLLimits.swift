/// The bounds of reading YAML. A document that exceeds one is refused as a whole.
package struct YAMLLimits: Sendable, Equatable {
    /// The longest source, in octets of UTF-8.
    package var bytes: Int
    /// The most documents in one stream.
    package var documents: Int
    /// The most nodes (scalars, lists and mappings) in one stream.
    package var nodes: Int
    /// The deepest nesting of lists and mappings.
    package var depth: Int

    /// Makes limits.
    package init(bytes: Int, documents: Int, nodes: Int, depth: Int) {
        self.bytes = bytes
        self.documents = documents
        self.nodes = nodes
        self.depth = depth
    }

    /// For resources: 4 MB, 5,000 documents, 400,000 nodes, 32 levels.
    package static let resources = YAMLLimits(bytes: 4_000_000, documents: 5_000, nodes: 400_000, depth: 32)
    /// For the program's configuration: 256 KB, one document, 10,000 nodes, 16 levels.
    package static let configuration = YAMLLimits(bytes: 256_000, documents: 1, nodes: 10_000, depth: 16)
}
