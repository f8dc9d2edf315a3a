/// Where the parts of a request line lie in a head.
struct RequestLine: BitwiseCopyable {
    var method: RequestHead.Method
    var form: RequestHead.TargetForm
    var hasQuery: Bool
    var minorVersion: Int
    var methodRange: ByteRange
    var targetRange: ByteRange
    var pathRange: ByteRange
    var queryRange: ByteRange
    var hostRange: ByteRange

    init() {
        method = .other
        form = .origin
        hasQuery = false
        minorVersion = 1
        methodRange = ByteRange(0, 0)
        targetRange = methodRange
        pathRange = methodRange
        queryRange = methodRange
        hostRange = methodRange
    }
}
