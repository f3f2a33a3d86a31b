import itertools

from command_line import openstack_said, succeeded

numbers = itertools.count()


def openstack(cloud, *words):
    return succeeded(openstack_said(cloud, "image", *words))


def asked(cloud, *words):
    """The parsed answer."""
    return openstack(cloud, *words, "-f", "json").json


def shown(image, cloud="demo"):
    return asked(cloud, "show", image)


def made(*words, cloud="demo", name=None):
    """A new image's id."""
    return asked(cloud, "create", *words, name or f"osc-{next(numbers)}")["id"]


def listed(*words, cloud="osc-lists"):
    return [row["Name"] for row in asked(cloud, "list", *words)]


def project(cloud):
    return succeeded(openstack_said(cloud, "token", "issue", "-f", "json")).json["project_id"]


alt_project, demo_project, lister_project = project("alt"), project("demo"), project("osc-lists")
