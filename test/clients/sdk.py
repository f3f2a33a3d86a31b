"""openstacksdk: every call that its image proxy and its cloud layer have for these resources."""
import checks
import sdk_data  # noqa: F401 a module registers its checks
import sdk_discovery  # noqa: F401
import sdk_images  # noqa: F401
import sdk_lists  # noqa: F401
import sdk_sharing  # noqa: F401

checks.run("openstacksdk")
