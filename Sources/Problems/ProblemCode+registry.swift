extension ProblemCode {
    /// One line of the registry.
    struct Entry {
        var status: Int
        var surface: Surface
        var title: String
        var meaning: String
    }

    /// The registry: one exhaustive switch, so that a code without its line does not compile.
    var entry: Entry {
        switch self {
        case .tokenMissing, .tokenInvalid, .tokenExpired, .tokenRevoked, .audienceMismatch, .proofRequired,
            .proofInvalid, .scopeInsufficient, .subscriptionRequired:
            credentialEntry
        case .requestMalformed, .routeNotFound, .methodNotAllowed, .requestTimeout, .bodyTooLarge, .headTooLarge,
            .rateLimited, .quotaExceeded:
            requestEntry
        case .upstreamBroken, .upstreamUnreachable, .keysUnavailable, .overloaded, .upstreamTimeout,
            .loopDetected:
            backEntry
        case .unauthenticated, .notPermitted, .notFound, .resourceNotFound, .conflict,
            .preconditionFailed, .unsupportedMediaType, .hostNotServed, .resourceInvalid, .internalError:
            controlEntry
        }
    }

    private var credentialEntry: Entry {
        switch self {
        case .tokenMissing:
            Entry(
                status: 401, surface: .gateway, title: "An access token is required",
                meaning: "The route asks for an access token and the request carries none. Send it as "
                    + "`Authorization: Bearer …`.")
        case .tokenExpired:
            Entry(
                status: 401, surface: .gateway, title: "The access token has expired",
                meaning: "The token was good and its time is over, or its time has not begun. Get a new one.")
        case .tokenRevoked:
            Entry(
                status: 401, surface: .gateway, title: "The access token has been revoked",
                meaning: "The token was good until it, its client or its subject was revoked. A token whose key was "
                    + "revoked is `token-invalid` as a rule: nothing opens it any more.")
        case .audienceMismatch:
            Entry(
                status: 401, surface: .gateway, title: "The access token is for another API",
                meaning: "The signature holds, and the audience is not this API's alone. Ask for a token with this "
                    + "API's `resource`.")
        case .proofRequired:
            Entry(
                status: 401, surface: .gateway, title: "Proof of possession is required",
                meaning: "The token is bound to a key and the request does not prove possession of that key.")
        case .proofInvalid:
            Entry(
                status: 401, surface: .gateway, title: "The proof of possession is not valid",
                meaning: "The request carries a proof that does not fit the token, the request or the time.")
        case .scopeInsufficient:
            Entry(
                status: 403, surface: .gateway, title: "The access token lacks a scope",
                meaning: "The token is good and does not hold every scope that the route asks for. The challenge "
                    + "names them.")
        case .subscriptionRequired:
            Entry(
                status: 403, surface: .gateway, title: "The client has no approved subscription",
                meaning: "The client is known and has no approved subscription to this API.")
        default:
            Entry(
                status: 401, surface: .gateway, title: "The access token is not valid",
                meaning: "One code for everything before the signature holds: not a token at all, signed but not "
                    + "encrypted, encrypted around something unsigned, an unknown or wrong key, tampering.")
        }
    }

    private var requestEntry: Entry {
        switch self {
        case .routeNotFound:
            Entry(
                status: 404, surface: .gateway, title: "No route matches the request",
                meaning: "No API has a route for this host, path and method.")
        case .methodNotAllowed:
            Entry(
                status: 405, surface: .both, title: "The method is not allowed here",
                meaning:
                    "Control and admin API: the path exists for other methods, which `Allow` lists. The gateway takes "
                    + "no TRACE on any path, since its answer would show the client what only the upstream may see; "
                    + "for any other method without a route it answers `route-not-found`.")
        case .requestTimeout:
            Entry(
                status: 408, surface: .both, title: "The request took too long to arrive",
                meaning: "The head or the body did not arrive within its time.")
        case .bodyTooLarge:
            Entry(
                status: 413, surface: .both, title: "The request body is too large",
                meaning: "The body is longer than the API's limit, or than the admin API's limit of 4 MB.")
        case .headTooLarge:
            Entry(
                status: 431, surface: .both, title: "The request head is too large",
                meaning: "The request line and the header fields, or one of them, are longer than the limit.")
        case .rateLimited:
            Entry(
                status: 429, surface: .both, title: "Too many requests",
                meaning: "More requests came in an interval than the plan or the listener allows. `Retry-After` says "
                    + "when to try again.")
        case .quotaExceeded:
            Entry(
                status: 429, surface: .gateway, title: "The quota is used up",
                meaning: "The plan's quota for the period is used up.")
        default:
            Entry(
                status: 400, surface: .both, title: "The request is malformed",
                meaning:
                    "The request breaks HTTP's grammar, has ambiguous framing, a path or method that servers read in "
                    + "different ways, carries a token where none may be, or has a body or parameter that can't be "
                    + "read.")
        }
    }

    private var backEntry: Entry {
        switch self {
        case .upstreamUnreachable:
            Entry(
                status: 502, surface: .gateway, title: "The upstream can't be reached",
                meaning: "No connection to the API's upstream could be made.")
        case .keysUnavailable:
            Entry(
                status: 503, surface: .both, title: "Keys are not available",
                meaning: "The key that this request needs can't be used at the moment: the device that has it does not "
                    + "answer, or a change of keys could not be read yet. Try again later.")
        case .overloaded:
            Entry(
                status: 503, surface: .both, title: "The service is overloaded",
                meaning: "A queue or pool is full, or the service is shutting down. Try again later.")
        case .upstreamTimeout:
            Entry(
                status: 504, surface: .gateway, title: "The upstream took too long",
                meaning: "The upstream did not accept the connection, or did not answer, in time.")
        case .loopDetected:
            Entry(
                status: 508, surface: .gateway, title: "The request goes in circles",
                meaning:
                    "The request's `CDN-Loop` says that it has passed this gateway five times before: an upstream leads "
                    + "back here.")
        default:
            Entry(
                status: 502, surface: .gateway, title: "The upstream's answer is broken",
                meaning: "The upstream closed before a complete head, or its answer breaks HTTP's grammar.")
        }
    }

    private var controlEntry: Entry {
        switch self {
        case .unauthenticated:
            Entry(
                status: 401, surface: .control, title: "A credential is required",
                meaning: "The operation needs the admin credential as `Authorization: Bearer …`, and it is missing "
                    + "or wrong.")
        case .notPermitted:
            Entry(
                status: 403, surface: .control, title: "The operation is not permitted",
                meaning: "The credential is good and does not allow this operation.")
        case .notFound:
            Entry(
                status: 404, surface: .control, title: "There is nothing at this address",
                meaning: "No operation has this path.")
        case .resourceNotFound:
            Entry(
                status: 404, surface: .control, title: "There is no such resource",
                meaning: "The path is right, and no resource, key or revision has this name.")
        case .conflict:
            Entry(
                status: 409, surface: .control, title: "The change conflicts with what is there",
                meaning: "The change contradicts the present state: for instance, another resource still refers to "
                    + "what would be deleted, a stored key is damaged, or the device of the keys refuses. Trying again "
                    + "does not help; `detail` says what does.")
        case .preconditionFailed:
            Entry(
                status: 412, surface: .control, title: "The resource has changed",
                meaning: "`If-Match` names a revision that is not the present one. Read the resource again.")
        case .unsupportedMediaType:
            Entry(
                status: 415, surface: .control, title: "The media type is not supported",
                meaning: "The body has a `Content-Type` that the operation does not take.")
        case .hostNotServed:
            Entry(
                status: 421, surface: .control, title: "The host is not served here",
                meaning: "`Host` is neither the issuer, nor the public URL, nor a loopback name.")
        case .resourceInvalid:
            Entry(
                status: 422, surface: .control, title: "The resource is not valid",
                meaning: "`errors` lists every fault with its place: what was expected and what came.")
        default:
            Entry(
                status: 500, surface: .control, title: "Something went wrong inside",
                meaning: "A fault on our side. `request_id` finds it in the operator's log.")
        }
    }
}
