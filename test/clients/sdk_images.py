import uuid

from checks import NULLS, check, equal, expect
from openstack import exceptions
from sdk_people import admin, alt, demo, demo_project, filled, made, reader


@check("create an image without data")
def _():
    image = demo.image.get_image(made(name="plain").id)
    equal((image.name, image.status, image.visibility, image.owner), ("plain", "queued", "shared", demo_project))
    equal((image.is_protected, image.is_hidden, image.min_disk, image.min_ram, image.tags), (False, False, 0, 0, []))


@check("what was never set is absent or null, and None to the program")
def _():
    image = made()
    raw = demo.image.get(f"/images/{image.id}").json()
    for name in ("checksum", "os_hash_algo", "os_hash_value", "size", "virtual_size"):
        equal(name in raw, NULLS)
        equal(raw.get(name), None)
    shown = demo.image.get_image(image.id)
    equal((shown.checksum, shown.hash_value, shown.size, shown.virtual_size), (None, None, None, None))


@check("create with every attribute that a user may set")
def _():
    image = made(visibility="private", is_protected=True, min_disk=3, min_ram=256, tags=["b", "a"], meta={"os_hidden": True})
    shown = demo.image.get_image(image.id)
    equal((shown.visibility, shown.is_protected, shown.min_disk, shown.min_ram), ("private", True, 3, 256))
    equal((sorted(shown.tags), shown.is_hidden), (["a", "b"], True))
    demo.image.update_image(image.id, is_protected=False)


@check("create with an id of one's own, once")
def _():
    own = str(uuid.uuid4())
    equal(made(id=own).id, own)
    expect(exceptions.ConflictException, lambda: made(id=own))


@check("an id that was deleted is never used again")
def _():
    own = made().id
    demo.image.delete_image(own)
    expect(exceptions.ConflictException, lambda: made(id=own))


@check("create with properties, some of which the SDK knows by another name")
def _():
    image = made(team="blue", os_distro="debian", hw_disk_bus="scsi", hw_qemu_guest_agent="yes", meta={"exact": "1.0"})
    shown = demo.image.get_image(image.id)
    equal((shown.os_distro, shown.hw_disk_bus, shown.hw_qemu_guest_agent), ("debian", "scsi", "yes"))
    equal((shown.properties["team"], shown.properties["exact"]), ("blue", "1.0"))


@check("create without formats")
def _():
    image = made(disk_format=None, container_format=None)
    equal(image.status, "queued")


@check("an unknown disk format is refused as a bad request")
def _():
    expect(exceptions.BadRequestException, lambda: made(disk_format="floppy"))


@check("a user does not make an image public")
def _():
    expect(exceptions.ForbiddenException, lambda: made(visibility="public"))


@check("an admin makes an image public, and everybody sees it")
def _():
    image = made(admin, visibility="public")
    equal(alt.image.get_image(image.id).visibility, "public")
    admin.image.delete_image(image.id)


@check("a reader creates nothing")
def _():
    expect(exceptions.ForbiddenException, lambda: made(reader))


@check("show an image that is not there")
def _():
    expect(exceptions.NotFoundException, lambda: demo.image.get_image(str(uuid.uuid4())))


@check("show another project's image")
def _():
    image = made()
    expect(exceptions.NotFoundException, lambda: alt.image.get_image(image.id))


@check("a reader shows an image of its project")
def _():
    image = made()
    equal(reader.image.get_image(image.id).id, image.id)


@check("find by name and by id; nothing found is None or an error, as asked")
def _():
    image = made(name="to be found")
    equal(demo.image.find_image("to be found").id, image.id)
    equal(demo.image.find_image(image.id).id, image.id)
    equal(demo.image.find_image("nowhere"), None)
    expect(exceptions.NotFoundException, lambda: demo.image.find_image("nowhere", ignore_missing=False))


@check("two of one name are told apart by the SDK")
def _():
    made(name="twice"), made(name="twice")
    expect(exceptions.DuplicateResource, lambda: demo.image.find_image("twice"))


@check("change base attributes")
def _():
    image = made()
    demo.image.update_image(image, name="other", min_disk=7, min_ram=8, visibility="community", is_hidden=True)
    shown = demo.image.get_image(image.id)
    equal((shown.name, shown.min_disk, shown.min_ram, shown.visibility), ("other", 7, 8, "community"))
    equal(shown.is_hidden, True)


@check("add, change and keep properties")
def _():
    image = made(kept="1", changed="1")
    demo.image.update_image(image.id, changed="2", added="3")
    properties = demo.image.get_image(image.id).properties
    equal([properties[key] for key in ("kept", "changed", "added")], ["1", "2", "3"])


@check("update_image_properties by name and by object")
def _():
    image = made(name="by-its-properties", one="1")
    equal(demo.image.update_image_properties(image=image, meta={"two": "2"}), True)
    equal(demo.image.get_image(image.id).properties["two"], "2")


@check("formats are changed while the image is queued, not afterwards")
def _():
    image = made()
    demo.image.update_image(image.id, disk_format="qcow2")
    equal(demo.image.get_image(image.id).disk_format, "qcow2")
    active = filled()
    expect(exceptions.ForbiddenException, lambda: demo.image.update_image(active.id, disk_format="qcow2"))


@check("a read-only attribute is not written")
def _():
    image = made()
    expect(exceptions.ForbiddenException, lambda: demo.image.update_image(image.id, checksum="0" * 32))


@check("another project's image is not changed; a visible one neither")
def _():
    image = made(visibility="community")
    expect(exceptions.ForbiddenException, lambda: alt.image.update_image(image.id, name="mine"))
    hidden = made()
    expect(exceptions.NotFoundException, lambda: alt.image.update_image(hidden.id, name="mine"))


@check("only an admin gives an image away")
def _():
    image = made()
    expect(exceptions.ForbiddenException, lambda: demo.image.update_image(image.id, owner_id="another"))
    admin.image.update_image(image.id, owner_id="another")
    expect(exceptions.NotFoundException, lambda: demo.image.get_image(image.id))


@check("delete; a second delete is a 404 that can be ignored")
def _():
    image = filled()
    demo.image.delete_image(image.id)
    expect(exceptions.NotFoundException, lambda: demo.image.get_image(image.id))
    demo.image.delete_image(image.id)
    expect(exceptions.NotFoundException, lambda: demo.image.delete_image(image.id, ignore_missing=False))


@check("a protected image is not deleted")
def _():
    image = made(is_protected=True)
    expect(exceptions.ForbiddenException, lambda: demo.image.delete_image(image.id))
    demo.image.update_image(image.id, is_protected=False)
    demo.image.delete_image(image.id, ignore_missing=False)


@check("wait for a status and for a deletion")
def _():
    image = filled()
    equal(demo.image.wait_for_status(image, status="active", wait=10).id, image.id)
    demo.image.delete_image(image.id)
    demo.image.wait_for_delete(image, wait=10, interval=1)


@check("deactivate and reactivate, twice each")
def _():
    image = filled()
    for call, status in ((demo.image.deactivate_image, "deactivated"), (demo.image.reactivate_image, "active")):
        call(image.id), call(image.id)
        equal(demo.image.get_image(image.id).status, status)


@check("an image without data is not deactivated")
def _():
    image = made()
    # The SDK does not look at the answer.
    demo.image.deactivate_image(image.id)
    equal(demo.image.post(f"/images/{image.id}/actions/deactivate").status_code, 403)
    equal(demo.image.get_image(image.id).status, "queued")


@check("what an admin deactivated its owner does not reactivate")
def _():
    image = filled()
    admin.image.deactivate_image(image.id)
    demo.image.reactivate_image(image.id)
    equal(demo.image.get_image(image.id).status, "deactivated")


@check("add and remove tags, strange ones too")
def _():
    image = made(tags=["first"])
    for tag in ("second", "with space", "größer", "first"):
        demo.image.add_tag(image.id, tag)
    equal(sorted(demo.image.get_image(image.id).tags), ["first", "größer", "second", "with space"])
    demo.image.remove_tag(image.id, "größer")
    demo.image.remove_tag(image.id, "with space")
    equal(sorted(demo.image.get_image(image.id).tags), ["first", "second"])


@check("a tag that is not there is not removed")
def _():
    image = made()
    expect(exceptions.NotFoundException, lambda: image.remove_tag(demo.image, "none"))
