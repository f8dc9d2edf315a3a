"""What the end-to-end tests share: a running Signet, scripted upstreams, raw HTTP, and tokens made elsewhere."""
