"""The APIs and clients of the shared server, and an API for servers with a device."""

from dataclasses import dataclass

ORDERS = "https://orders.example"
OTHER = "https://other.example"
SEALED = "https://sealed.example"
BRIEF = "https://brief.example"
TWOFOLD = "https://twofold.example"
FLEETING = "https://fleeting.example"
# The host of a site that is public but for /admin.
SITE = "site.example"

# An API whose keys are in a device, in front of an upstream's URL.
VAULTED = """
kind: API
name: vaulted
spec:
  type: rest
  audience: https://vaulted.example
  scopes: [read]
  token: {{profile: kms}}
  upstreams: [{{url: {url}}}]
  routes: [{{path: {{prefix: /vaulted}}, scopes: [read]}}]
"""


@dataclass
class Ports:
    upstream: int
    closed: int


def shared(ports: Ports) -> str:
    """Resources that no test changes."""
    upstreams = f"[{{url: http://127.0.0.1:{ports.upstream}}}]"
    return f"""
kind: API
name: orders
spec:
  type: rest
  audience: {ORDERS}
  scopes: [orders.read, orders.write, orders.audit]
  token: {{profile: asymmetric, lifetime: 5m, recipient: gateway, binding: none}}
  forward: claims
  claims: [jti, client_id]
  upstreams: {upstreams}
  introspectors: [inspector]
  timeouts: {{connect: 2s, response: 1s, idle: 20s}}
  routes:
    - {{path: {{prefix: /orders}}, methods: [GET, HEAD], scopes: [orders.read]}}
    - {{path: {{prefix: /orders}}, methods: [POST, PUT, PATCH, DELETE], scopes: [orders.write]}}
    - {{path: {{prefix: /audit}}, scopes: [orders.read, orders.audit]}}
    - {{path: {{prefix: /any}}}}
    - {{path: {{prefix: /public}}, access: public}}
---
kind: API
name: other
spec:
  type: rest
  audience: {OTHER}
  scopes: [other.read]
  upstreams: {upstreams}
  routes: [{{path: {{prefix: /other}}, scopes: [other.read]}}]
---
kind: API
name: sealed
spec:
  type: rest
  audience: {SEALED}
  scopes: [sealed.read]
  token: {{profile: symmetric}}
  upstreams: {upstreams}
  routes: [{{path: {{prefix: /sealed}}, scopes: [sealed.read]}}]
---
kind: API
name: brief
spec:
  type: rest
  audience: {BRIEF}
  scopes: []
  token: {{lifetime: 1s}}
  upstreams: {upstreams}
  routes: [{{path: {{prefix: /brief}}}}]
---
kind: API
name: down
spec:
  type: rest
  audience: https://down.example
  upstreams: [{{url: http://127.0.0.1:{ports.closed}}}]
  routes: [{{path: {{prefix: /down}}, access: public}}]
---
kind: API
name: small
spec:
  type: rest
  audience: https://small.example
  limits: {{body_bytes: 1000}}
  upstreams: {upstreams}
  routes: [{{path: {{prefix: /small}}, access: public}}]
---
kind: API
name: forwarded
spec:
  type: rest
  audience: https://forwarded.example
  forward: jwt
  upstreams: {upstreams}
  routes: [{{path: {{prefix: /forwarded}}}}]
---
kind: API
name: twofold
spec:
  type: rest
  audience: {TWOFOLD}
  forward: jwt
  upstreams: [{{url: http://127.0.0.1:{ports.upstream}/one}}, {{url: http://127.0.0.1:{ports.upstream}/two}}]
  routes: [{{path: {{prefix: /twofold}}}}]
---
kind: API
name: fleeting
spec:
  type: rest
  audience: {FLEETING}
  forward: jwt
  token: {{lifetime: 3s}}
  upstreams: {upstreams}
  routes: [{{path: {{prefix: /fleeting}}}}]
---
kind: API
name: site
spec:
  type: rest
  audience: https://site.example
  upstreams: {upstreams}
  routes:
    - {{hosts: [{SITE}], path: {{prefix: /}}, access: public}}
    - {{hosts: [{SITE}], path: {{prefix: /admin}}}}
---
kind: API
name: silent
spec:
  type: rest
  audience: https://silent.example
  forward: none
  upstreams: {upstreams}
  routes: [{{path: {{prefix: /silent}}}}]
---
kind: Client
name: reporter
spec: {{grants: [client_credentials], auth: client_secret_basic, apis: {{orders: [orders.read]}}}}
---
kind: Client
name: writer
spec:
  grants: [client_credentials]
  auth: client_secret_basic
  apis:
    orders: [orders.read, orders.write]
    other: [other.read]
    sealed: [sealed.read]
    brief: []
    forwarded: []
    twofold: []
    fleeting: []
    silent: []
---
kind: Client
name: poster
spec: {{grants: [client_credentials], auth: client_secret_post, apis: {{orders: [orders.read]}}}}
---
kind: Client
name: inspector
spec: {{grants: [client_credentials], auth: client_secret_basic, apis: {{other: [other.read]}}}}
---
kind: Client
name: stranger
spec: {{grants: [client_credentials], auth: client_secret_basic, apis: {{other: [other.read]}}}}
"""
