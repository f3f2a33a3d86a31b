from checks import check, equal
from command_line import openstack_said, refused
from osc_people import alt_project, asked, made, openstack, shown


def shared():
    image = made()
    openstack("demo", "add", "project", image, alt_project)
    return image


def lists(image, *words):
    return image in [row["ID"] for row in asked("alt", "list", *words)]


@check("add project: pending")
def _():
    member = asked("demo", "add", "project", made(), alt_project)
    equal((member["member_id"], member["status"]), (alt_project, "pending"))


@check("add project: twice, and to a private image")
def _():
    refused(openstack_said("demo", "image", "add", "project", shared(), alt_project), "409")
    refused(openstack_said("demo", "image", "add", "project", made("--private"), alt_project), "403")


@check("member list and member show")
def _():
    image = shared()
    equal([row["Member ID"] for row in asked("demo", "member", "list", image)], [alt_project])
    equal(asked("demo", "member", "get", image, alt_project)["status"], "pending")


@check("set --accept, --reject, --pending by the member")
def _():
    image = shared()
    for answer, status in (("--accept", "accepted"), ("--reject", "rejected"), ("--pending", "pending")):
        openstack("alt", "set", answer, image)
        equal(asked("demo", "member", "get", image, alt_project)["status"], status)
        equal(lists(image), status == "accepted")
        assert lists(image, "--shared", "--member-status", status)


@check("set --accept by the owner is refused")
def _():
    refused(openstack_said("demo", "image", "set", "--accept", "--project", alt_project, shared()), "403")


@check("remove project: access ends")
def _():
    image = shared()
    openstack("alt", "set", "--accept", image)
    equal(shown(image, "alt")["id"], image)
    openstack("demo", "remove", "project", image, alt_project)
    refused(openstack_said("alt", "image", "show", image), "No Image found")
    equal(asked("demo", "member", "list", image), [])


@check("remove project: by the member, and who is none")
def _():
    image = shared()
    refused(openstack_said("alt", "image", "remove", "project", image, alt_project), "403")
