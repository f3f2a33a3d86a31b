import hashlib
import os
import tempfile
import uuid

from checks import check, equal
from command_line import openstack_said, refused
from osc_people import alt_project, asked, demo_project, made, openstack, shown

DATA = b"image data " * 999
directory = tempfile.mkdtemp()
path = os.path.join(directory, "data")
with open(path, "wb") as file:
    file.write(DATA)


@check("create: no more than a name")
def _():
    image = shown(made(name="only a name"))
    equal((image["name"], image["status"], image["visibility"]), ("only a name", "queued", "shared"))
    equal((image["disk_format"], image["container_format"], image["owner"]), ("raw", "bare", demo_project))


@check("create: --id")
def _():
    own = str(uuid.uuid4())
    equal(made("--id", own), own)
    refused(openstack_said("demo", "image", "create", "--id", own, "again"), "409")


@check("create: formats and sizes")
def _():
    image = shown(made("--disk-format", "qcow2", "--container-format", "ovf", "--min-disk", "2", "--min-ram", "3"))
    equal([image[key] for key in ("disk_format", "container_format", "min_disk", "min_ram")], ["qcow2", "ovf", 2, 3])


@check("create: --protected and --unprotected")
def _():
    image = made("--protected")
    equal(shown(image)["protected"], True)
    openstack("demo", "set", "--unprotected", image)
    equal(shown(made("--unprotected"))["protected"], False)


@check("create: --private, --shared, --community")
def _():
    for visibility in ("private", "shared", "community"):
        equal(shown(made(f"--{visibility}"))["visibility"], visibility)


@check("create: --public for an admin only")
def _():
    refused(openstack_said("demo", "image", "create", "--public", "no"), "403")
    image = made("--public", cloud="admin")
    equal(shown(image, "alt")["visibility"], "public")
    openstack("admin", "delete", image)


@check("create: --property and --tag, several")
def _():
    image = shown(made("--property", "a=1", "--property", "b=x=y", "--tag", "t1", "--tag", "t 2"))
    equal((image["properties"]["a"], image["properties"]["b"]), ("1", "x=y"))
    equal(sorted(image["tags"]), ["t 2", "t1"])


@check("create: --property that is not on the site's list is refused")
def _():
    refused(openstack_said("demo", "image", "create", "--property", "os_distro=Debian", "no"), "400", "os_distro")


@check("create: --file, and the digests of the data")
def _():
    image = shown(made("--file", path))
    equal((image["status"], image["size"]), ("active", len(DATA)))
    equal(image["checksum"], hashlib.md5(DATA).hexdigest())
    equal(image["properties"]["os_hash_value"], hashlib.sha512(DATA).hexdigest())


@check("create: --file of another format is refused, and no image stays")
def _():
    refused(openstack_said("demo", "image", "create", "--disk-format", "iso", "--file", path, "no-iso"), "415")
    equal([row for row in asked("demo", "list") if row["Name"] == "no-iso"], [])


@check("create: --project is the admin's")
def _():
    refused(openstack_said("demo", "image", "create", "--project", alt_project, "no"), "403")


@check("create: a reader may not")
def _():
    refused(openstack_said("reader", "image", "create", "no"), "403")


@check("show: what was never set")
def _():
    image = shown(made())
    equal((image["checksum"] if "checksum" in image else None, image.get("size")), (None, None))


@check("show: by name")
def _():
    image = made(name="shown by name")
    equal(shown("shown by name")["id"], image)


@check("show: --human-readable")
def _():
    equal(asked("demo", "show", "--human-readable", made("--file", path))["size"], "11K")


@check("show: --human-readable, of an image without data: the command fails by itself, with and without nulls")
def _():
    refused(openstack_said("demo", "image", "show", "--human-readable", made()), "size")


@check("show: not there, and another project's")
def _():
    refused(openstack_said("demo", "image", "show", str(uuid.uuid4())), "No Image found")
    refused(openstack_said("alt", "image", "show", made()), "No Image found")


@check("save: every byte")
def _():
    image = made("--file", path)
    saved = os.path.join(directory, "saved")
    openstack("demo", "save", "--file", saved, image)
    with open(saved, "rb") as file:
        equal(file.read(), DATA)


@check("save: another project may not")
def _():
    refused(openstack_said("alt", "image", "save", "--file", os.path.join(directory, "none"), made("--file", path)))


@check("delete: one, several, and what is not there")
def _():
    openstack("demo", "delete", made())
    one, other = made(), made()
    openstack("demo", "delete", one, other)
    refused(openstack_said("demo", "image", "show", one), "No Image found")
    # The command takes every 404 for a store that it did not name.
    refused(openstack_said("demo", "image", "delete", str(uuid.uuid4())), "Multi Backend")


@check("delete: not a protected one, nor another project's")
def _():
    image = made("--protected", "--community")
    refused(openstack_said("demo", "image", "delete", image), "protected")
    refused(openstack_said("alt", "image", "delete", image), "403")
    openstack("demo", "set", "--unprotected", image)
    openstack("demo", "delete", image)


@check("import info")
def _():
    equal(asked("demo", "import", "info")["import-methods"], ["glance-direct", "web-download"])


@check("stores info: there is one store")
def _():
    refused(openstack_said("demo", "image", "stores", "info"))
