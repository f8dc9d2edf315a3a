// The HTTPEngine module.
