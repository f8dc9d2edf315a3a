// The AuthorizationServer module.
