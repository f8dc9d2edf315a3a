// The Admin module.
