// The Egress module.
