import HTTPTypes
import Hummingbird

/// Finds the methods that a path takes, for 405 and its `Allow` (RFC 9110 section 15.5.6).
///
/// The router can say that no route fits, not why. So every path of it is also a GET route of a second router, whose
/// handler answers with the methods.
enum AllowedMethods {
    static func responder(for router: Router<ControlContext>) -> RouterResponder<ControlContext> {
        var methods: [String: Set<String>] = [:]
        for route in router.routes {
            methods[route.path.description, default: []].insert(route.method.rawValue)
            if route.method == .get { methods[route.path.description, default: []].insert("HEAD") }
        }
        let answers = Router(context: ControlContext.self)
        for (path, names) in methods {
            let allow = names.sorted().joined(separator: ", ")
            answers.get(RouterPath(path)) { _, _ in Response(status: .ok, headers: [.allow: allow]) }
        }
        return answers.buildResponder()
    }
}
