"""One HTTP client for all calls that need nothing special: a new connection each time, and no TLS set-up."""

import httpx

web = httpx.Client(verify=False, trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
