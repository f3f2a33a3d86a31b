"""python-glanceclient: its commands and its library, every call of them for these resources."""
import checks
import glance_commands  # noqa: F401 a module registers its checks
import glance_library  # noqa: F401
import glance_lists  # noqa: F401

checks.run("python-glanceclient")
