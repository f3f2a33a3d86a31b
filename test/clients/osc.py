"""python-openstackclient: every option of its image commands for these resources."""
import checks
import osc_change  # noqa: F401 a module registers its checks
import osc_create  # noqa: F401
import osc_list  # noqa: F401
import osc_share  # noqa: F401

checks.run("python-openstackclient")
