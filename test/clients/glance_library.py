import hashlib
import io
import uuid

from checks import NEEDS_NULLS, NULLS, check, equal, expect
from glance_people import admin, alt, demo, filled, made, nova, projects
from glanceclient import exc


@check("create: the schema is fetched first, and validates")
def _():
    image = made(min_disk=1, min_ram=2, tags=["t"], team="blue", protected=False)
    equal((image.status, image.min_disk, image.min_ram, image.tags, image.team), ("queued", 1, 2, ["t"], "blue"))
    expect(TypeError, lambda: made(min_disk="much"))


@check("get: what was never set is absent or None")
def _():
    image = demo.images.get(made().id)
    for name in ("checksum", "size", "virtual_size", "os_hash_value"):
        equal(name in image, NULLS)


@check("image.name of an image that has none", needs=NEEDS_NULLS)
def _():
    equal(demo.images.get(made(name=None).id).name, None)


@check("get: not there, another project's, no UUID")
def _():
    for id in (str(uuid.uuid4()), "no-uuid"):
        expect(exc.HTTPNotFound, lambda: demo.images.get(id))
    image = made()
    expect(exc.HTTPNotFound, lambda: alt.images.get(image.id))


@check("create: an id twice")
def _():
    image = made()
    expect(exc.HTTPConflict, lambda: made(id=image.id))


@check("create: public is the admin's")
def _():
    expect(exc.HTTPForbidden, lambda: made(visibility="public"))
    image = made(admin, visibility="public")
    admin.images.delete(image.id)


@check("update: change, add and remove in one call")
def _():
    image = made(kept="1", gone="2")
    after = demo.images.update(image.id, remove_props=["gone"], name="new name", added="3", min_ram=9)
    equal((after.name, after.kept, after.added, after.min_ram), ("new name", "1", "3", 9))
    equal("gone" in after, False)


@check("update: a read-only attribute is stopped by the served schema")
def _():
    image = made()
    expect((TypeError, exc.HTTPForbidden), lambda: demo.images.update(image.id, status="active"))


@check("update: another's visible image, and an invisible one")
def _():
    image, hidden = made(visibility="community"), made()
    expect(exc.HTTPForbidden, lambda: alt.images.update(image.id, name="mine"))
    expect(exc.HTTPNotFound, lambda: alt.images.update(hidden.id, name="mine"))


@check("upload and download, with every digest compared")
def _():
    data = b"0123456789" * 10_000
    image = filled(data)
    equal((image.status, image.size, image.checksum), ("active", len(data), hashlib.md5(data).hexdigest()))
    equal(b"".join(demo.images.data(image.id)), data)
    equal(b"".join(demo.images.data(image.id, do_checksum=False)), data)


@check("upload: with a size, right and wrong")
def _():
    image = made()
    expect(exc.HTTPBadRequest, lambda: demo.images.upload(image.id, io.BytesIO(b"four"), image_size=5))
    demo.images.upload(image.id, io.BytesIO(b"four"), image_size=4)
    equal(demo.images.get(image.id).size, 4)


@check("upload: twice, without formats, of another format, into an unknown store")
def _():
    image = filled()
    expect(exc.HTTPConflict, lambda: demo.images.upload(image.id, io.BytesIO(b"again")))
    bare = demo.images.create(name="no formats")
    expect(exc.HTTPBadRequest, lambda: demo.images.upload(bare.id, io.BytesIO(b"data")))
    iso = made(disk_format="iso")
    expect(exc.HTTPException, lambda: demo.images.upload(iso.id, io.BytesIO(b"data")))
    equal(demo.images.get(iso.id).status, "queued")


@check("upload: nothing makes an image active, as Nova does it")
def _():
    image = made()
    demo.images.upload(image.id, io.BytesIO(b""))
    after = demo.images.get(image.id)
    equal((after.status, after.size), ("active", 0))


@check("data: of an image without any is None")
def _():
    equal(demo.images.data(made().id).wrapped, None)


@check("data: another project's, and a deactivated image's")
def _():
    image = filled()
    expect(exc.HTTPNotFound, lambda: alt.images.data(image.id))
    demo.images.deactivate(image.id)
    expect(exc.HTTPForbidden, lambda: demo.images.data(image.id))


@check("deactivate and reactivate")
def _():
    image = filled()
    demo.images.deactivate(image.id)
    equal(demo.images.get(image.id).status, "deactivated")
    demo.images.reactivate(image.id)
    equal(demo.images.get(image.id).status, "active")
    expect(exc.HTTPForbidden, lambda: demo.images.deactivate(made().id))


@check("delete: gone, twice, protected, another project's")
def _():
    image = made()
    demo.images.delete(image.id)
    expect(exc.HTTPNotFound, lambda: demo.images.get(image.id))
    expect(exc.HTTPNotFound, lambda: demo.images.delete(image.id))
    protected = made(protected=True, visibility="community")
    expect(exc.HTTPForbidden, lambda: demo.images.delete(protected.id))
    expect(exc.HTTPForbidden, lambda: alt.images.delete(protected.id))
    demo.images.update(protected.id, protected=False)


@check("tags: add, add again, remove, remove again")
def _():
    image = made()
    demo.image_tags.update(image.id, "a tag")
    demo.image_tags.update(image.id, "a tag")
    equal(demo.images.get(image.id).tags, ["a tag"])
    demo.image_tags.delete(image.id, "a tag")
    expect(exc.HTTPNotFound, lambda: demo.image_tags.delete(image.id, "a tag"))


@check("tags: too long")
def _():
    image = made()
    expect(exc.HTTPBadRequest, lambda: demo.image_tags.update(image.id, "x" * 256))


@check("members: create, list, get, update, delete")
def _():
    image, member = made(), projects["alt"]
    equal(demo.image_members.create(image.id, member).status, "pending")
    equal([one.member_id for one in demo.image_members.list(image.id)], [member])
    equal(demo.image_members.get(image.id, member).status, "pending")
    equal(alt.image_members.update(image.id, member, "accepted").status, "accepted")
    demo.image_members.delete(image.id, member)
    equal(list(demo.image_members.list(image.id)), [])


@check("members: twice, of a private image, by the owner for the member, by a stranger, none")
def _():
    image, member = made(), projects["alt"]
    demo.image_members.create(image.id, member)
    expect(exc.HTTPConflict, lambda: demo.image_members.create(image.id, member))
    expect(exc.HTTPForbidden, lambda: demo.image_members.update(image.id, member, "accepted"))
    expect(exc.HTTPBadRequest, lambda: alt.image_members.update(image.id, member, "maybe"))
    private = made(visibility="private")
    expect(exc.HTTPForbidden, lambda: demo.image_members.create(private.id, member))
    expect(exc.HTTPNotFound, lambda: nova.image_members.get(image.id, member))
    expect(exc.HTTPNotFound, lambda: demo.image_members.delete(image.id, "none"))


@check("schemas: image, images, member, members; none of another")
def _():
    for name in ("image", "images", "member", "members"):
        equal(demo.schemas.get(name).name, name)
    assert demo.schemas.get("image").is_core_property("disk_format")
    assert not demo.schemas.get("image").is_base_property("team")
    expect(exc.HTTPNotFound, lambda: demo.schemas.get("none"))


@check("info: usage and import methods")
def _():
    assert isinstance(demo.info.get_usage(), dict)
    equal(demo.images.get_import_info()["import-methods"]["value"], ["glance-direct", "web-download"])


@check("info: there is one store, whose name nobody needs")
def _():
    expect(exc.HTTPNotFound, lambda: demo.images.get_stores_info())


@check("versions")
def _():
    versions = list(demo.versions.list())
    assert "v2.9" in [version["id"] for version in versions], versions


@check("locations: a service reads them, a user does not")
def _():
    image = filled()
    equal([set(one) for one in nova.images.get_image_locations(image.id)], [{"url", "metadata"}])
    expect(exc.HTTPForbidden, lambda: demo.images.get_image_locations(image.id))


@check("locations: no store takes one")
def _():
    image = made()
    expect(exc.HTTPForbidden, lambda: demo.images.add_image_location(image.id, "http://example.org/x"))
    own = made(nova)
    expect(exc.HTTPBadRequest, lambda: nova.images.add_image_location(own.id, "http://example.org/x"))


@check("locations: the old calls of the PATCH dialect find them disabled")
def _():
    image = made()
    expect(exc.HTTPException, lambda: demo.images.add_location(image.id, "http://example.org/x", {}))
    expect(exc.HTTPException, lambda: demo.images.delete_locations(image.id, {"http://example.org/x"}))
    expect(exc.HTTPException, lambda: demo.images.update_location(image.id, "http://example.org/x", {}))


@check("every result has its request id")
def _():
    assert made().request_ids[0].startswith("req-")
