import os
import tempfile

from checks import check, equal
from command_line import openstack_said, refused
from osc_people import alt_project, made, openstack, shown

with tempfile.NamedTemporaryFile(delete=False) as file:
    file.write(b"data" * 100)


def changed(image, *words, cloud="demo"):
    openstack(cloud, "set", *words, image)
    return shown(image, cloud)


@check("set: --name")
def _():
    equal(changed(made(), "--name", "another name")["name"], "another name")


@check("set: --min-disk and --min-ram")
def _():
    image = changed(made(), "--min-disk", "5", "--min-ram", "6")
    equal((image["min_disk"], image["min_ram"]), (5, 6))


@check("set: formats, while it is queued")
def _():
    image = changed(made(), "--disk-format", "vmdk", "--container-format", "ova")
    equal((image["disk_format"], image["container_format"]), ("vmdk", "ova"))
    active = made("--file", file.name)
    refused(openstack_said("demo", "image", "set", "--disk-format", "vmdk", active), "403")


@check("set: visibilities")
def _():
    image = made()
    for visibility in ("private", "community", "shared"):
        equal(changed(image, f"--{visibility}")["visibility"], visibility)


@check("set: --public is the admin's")
def _():
    image = made()
    refused(openstack_said("demo", "image", "set", "--public", image), "403")
    equal(changed(image, "--public", cloud="admin")["visibility"], "public")
    openstack("admin", "delete", image)


@check("set: --hidden and --unhidden")
def _():
    image = made()
    equal(changed(image, "--hidden")["properties"]["os_hidden"], True)
    equal(changed(image, "--unhidden")["properties"]["os_hidden"], False)


@check("set: --protected and --unprotected")
def _():
    image = made()
    equal(changed(image, "--protected")["protected"], True)
    equal(changed(image, "--unprotected")["protected"], False)


@check("set: --property, new and old")
def _():
    image = made("--property", "a=1")
    properties = changed(image, "--property", "a=2", "--property", "b=3")["properties"]
    equal((properties["a"], properties["b"]), ("2", "3"))


@check("set: --tag is added to those that are there")
def _():
    equal(sorted(changed(made("--tag", "a"), "--tag", "b", "--tag", "a")["tags"]), ["a", "b"])


@check("set: the properties that have an option of their own")
def _():
    words = ["--architecture", "x86_64", "--instance-id", "11111111-2222-4333-8444-555555555555", "--kernel-id",
             "11111111-2222-4333-8444-555555555556", "--os-distro", "debian", "--os-version", "13", "--ramdisk-id",
             "11111111-2222-4333-8444-555555555557"]
    properties = changed(made(), *words)["properties"]
    equal([properties[key] for key in ("architecture", "os_distro", "os_version")], ["x86_64", "debian", "13"])
    equal(properties["kernel_id"], "11111111-2222-4333-8444-555555555556")


@check("set: --deactivate and --activate")
def _():
    image = made("--file", file.name)
    equal(changed(image, "--deactivate")["status"], "deactivated")
    refused(openstack_said("demo", "image", "save", "--file", os.devnull, image))
    equal(changed(image, "--activate")["status"], "active")


@check("set: --project gives the image away, for an admin")
def _():
    image = made()
    refused(openstack_said("demo", "image", "set", "--property", "owner=another", image), "403")
    equal(changed(image, "--property", f"owner={alt_project}", cloud="admin")["owner"], alt_project)
    refused(openstack_said("demo", "image", "show", image), "No Image found")


@check("set: nothing of another project's image")
def _():
    refused(openstack_said("alt", "image", "set", "--name", "mine", made("--community")), "403")


@check("unset: --property and --tag")
def _():
    image = made("--property", "a=1", "--property", "b=2", "--tag", "t", "--tag", "u")
    openstack("demo", "unset", "--property", "a", "--tag", "t", image)
    after = shown(image)
    equal(("a" in after["properties"], after["properties"]["b"], after["tags"]), (False, "2", ["u"]))


@check("unset: what is not there")
def _():
    refused(openstack_said("demo", "image", "unset", "--property", "none", made()), "none")
    refused(openstack_said("demo", "image", "unset", "--tag", "none", made()), "1 of 1 tags")
