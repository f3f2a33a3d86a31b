"""Both dialects of PATCH are JSON under other names."""
import json

import schemathesis


@schemathesis.serializer(
    "application/openstack-images-v2.1-json-patch", "application/openstack-images-v2.0-json-patch"
)
def as_json(_context, value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()
