"""The soak of tokens and keys: clients, and what they know of each token."""
