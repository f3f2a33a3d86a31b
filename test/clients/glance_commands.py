import hashlib
import os
import tempfile

from checks import NEEDS_NULLS, check, equal
from command_line import glance_said, refused
from glance_people import filled, glance, made, projects

DATA = b"data for a command line " * 77
directory = tempfile.mkdtemp()
path = os.path.join(directory, "data")
with open(path, "wb") as file:
    file.write(DATA)


@check("glance image-create, with everything that it takes")
def _():
    said = glance("demo", "image-create", "--name", "by command", "--disk-format", "raw", "--container-format", "bare",
                  "--min-disk", "1", "--min-ram", "2", "--tags", "a", "b", "--property", "team=blue",
                  "--visibility", "private", "--protected", "False", "--hidden", "True", "--os-distro", "debian")
    equal([said.field(name) for name in ("name", "status", "min_disk", "min_ram", "team", "visibility", "os_hidden")],
          ["by command", "queued", "1", "2", "blue", "private", "True"])


@check("glance image-create --file")
def _():
    said = glance("demo", "image-create", "--disk-format", "raw", "--container-format", "bare", "--file", path)
    equal((said.field("status"), said.field("checksum")), ("active", hashlib.md5(DATA).hexdigest()))
    equal(said.field("os_hash_value"), hashlib.sha512(DATA).hexdigest())


@check("glance image-show")
def _():
    image = filled(DATA)
    said = glance("demo", "image-show", image.id)
    equal((said.field("id"), said.field("size")), (image.id, str(len(DATA))))
    glance("demo", "image-show", "--max-column-width", "40", image.id)


@check("glance image-show --human-readable, of an image with data")
def _():
    equal(glance("demo", "image-show", "--human-readable", filled(DATA).id).field("size"), "1.8kB")


@check("glance image-show --human-readable, of a queued image", needs=NEEDS_NULLS)
def _():
    glance("demo", "image-show", "--human-readable", made().id)


@check("glance image-update")
def _():
    image = made(gone="1").id
    said = glance("demo", "image-update", "--name", "changed", "--property", "team=red", "--remove-property", "gone",
                  "--min-ram", "5", "--visibility", "community", "--hidden", "True", image)
    equal([said.field(name) for name in ("name", "team", "gone", "min_ram", "visibility", "os_hidden")],
          ["changed", "red", None, "5", "community", "True"])


@check("glance image-upload, image-download")
def _():
    image, saved = made().id, os.path.join(directory, "saved")
    glance("demo", "image-upload", "--file", path, "--size", str(len(DATA)), image)
    glance("demo", "image-download", "--file", saved, image)
    with open(saved, "rb") as file:
        equal(file.read(), DATA)


@check("glance image-upload, image-download with a progress bar")
def _():
    image, saved = made().id, os.path.join(directory, "with-progress")
    glance("demo", "image-upload", "--progress", "--file", path, image)
    glance("demo", "image-download", "--progress", "--file", saved, image)
    equal(os.path.getsize(saved), len(DATA))


@check("glance image-download of an image without data says so")
def _():
    refused(glance_said("demo", "image-download", "--file", os.path.join(directory, "none"), made().id), "has no data")


@check("glance image-deactivate, image-reactivate")
def _():
    image = filled().id
    glance("demo", "image-deactivate", image)
    equal(glance("demo", "image-show", image).field("status"), "deactivated")
    refused(glance_said("demo", "image-download", "--file", os.path.join(directory, "none"), image))
    glance("demo", "image-reactivate", image)
    equal(glance("demo", "image-show", image).field("status"), "active")


@check("glance image-tag-update, image-tag-delete")
def _():
    image = made(tags=["old"]).id
    assert "new" in glance("demo", "image-tag-update", image, "new").out
    glance("demo", "image-tag-delete", image, "old")
    equal(glance("demo", "image-show", image).field("tags"), '["new"]')


@check("glance member-create, member-list, member-get, member-update, member-delete")
def _():
    image, member = made().id, projects["alt"]
    assert "pending" in glance("demo", "member-create", image, member).out
    assert member in glance("demo", "member-list", "--image-id", image).out
    equal(glance("demo", "member-get", image, member).field("status"), "pending")
    assert "accepted" in glance("alt", "member-update", image, member, "accepted").out
    assert image in glance("alt", "image-list").ids
    glance("demo", "member-delete", image, member)
    assert image not in glance("alt", "image-list").ids


@check("glance image-delete, of several, one of which is not there")
def _():
    one, other = made().id, made().id
    glance("demo", "image-delete", one)
    refused(glance_said("demo", "image-delete", one, other), "No image with an ID of")
    refused(glance_said("demo", "image-show", other))


@check("glance image-delete of another project's image")
def _():
    refused(glance_said("alt", "image-delete", made(visibility="community").id), "not permitted to delete")


@check("glance usage")
def _():
    glance("demo", "usage")


@check("glance import-info, stores-info")
def _():
    glance("demo", "import-info")
    refused(glance_said("demo", "stores-info"), "Multi Backend")


@check("glance explain, of every model that there is")
def _():
    for model in ("image", "images", "member", "members"):
        assert "Attribute" in glance("demo", "explain", model).out
    refused(glance_said("demo", "explain", "none"), "Unable to find requested model")


@check("glance image-tasks: no such version here yet")
def _():
    refused(glance_said("demo", "image-tasks", made().id), "does not support image tasks")


@check("glance location-add, add-location: no store takes one")
def _():
    image = made().id
    refused(glance_said("demo", "location-add", "--url", "http://example.org/x", image))
    refused(glance_said("demo", "add-location", "--url", "http://example.org/x", image))


@check("glance: a wrong password is told as such")
def _():
    refused(glance_said("demo", "image-list", project="no-such-project"))
