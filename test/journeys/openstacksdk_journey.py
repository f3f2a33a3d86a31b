"""What a program does with openstacksdk. Prints one JSON line per check: {"what": ..., "problem": null or a text}."""
import hashlib
import json
import sys
import traceback

import openstack
from openstack import exceptions

PATH, SHA512 = sys.argv[1], sys.argv[2]
MIB = 1024 * 1024


def check(what, body):
    try:
        body()
        problem = None
    except Exception:  # noqa: BLE001 every failure is a line of the report
        problem = traceback.format_exc(limit=3)
    print(json.dumps({"what": "openstacksdk: " + what, "problem": problem}), flush=True)
    return problem is None


def expect(error, body):
    try:
        body()
    except error:
        return
    raise AssertionError(f"{error.__name__} expected")


def sha512_of(chunks):
    digest = hashlib.sha512()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


demo, alt = openstack.connect(cloud="demo"), openstack.connect(cloud="alt")
alt_project = alt.session.get_project_id()
state = {}


def create():
    image = demo.image.create_image(
        name="sdk-disk", filename=PATH, disk_format="raw", container_format="bare", tags=["sdk"], team="green", wait=True
    )
    state["id"] = image.id
    shown = demo.image.get_image(image.id)
    assert shown.status == "active", shown.status
    assert shown.hash_value == SHA512, shown.hash_value
    assert shown.hash_algo == "sha512"
    assert shown.properties["team"] == "green"
    assert shown.tags == ["sdk"]


def pages():
    names = {f"sdk-{n}" for n in range(7)}
    for name in sorted(names):
        demo.image.create_image(name=name, disk_format="raw", container_format="bare", tags=["page"])
    listed = [image.name for image in demo.image.images(limit=2, tag="page")]
    assert sorted(listed) == sorted(names), listed
    assert len(listed) == len(names), "an image came twice"


def change():
    demo.image.update_image(state["id"], name="sdk-disk-2", team="red", is_protected=True)
    shown = demo.image.get_image(state["id"])
    assert (shown.name, shown.properties["team"], shown.is_protected) == ("sdk-disk-2", "red", True)
    expect(exceptions.ForbiddenException, lambda: demo.image.delete_image(state["id"], ignore_missing=False))
    demo.image.update_image(state["id"], is_protected=False)
    demo.image.add_tag(state["id"], "second")
    demo.image.remove_tag(state["id"], "sdk")
    assert demo.image.get_image(state["id"]).tags == ["second"]


def download():
    response = demo.image.download_image(state["id"], stream=True)
    assert sha512_of(response.iter_content(MIB)) == SHA512


def byte_range():
    answer = demo.image.get(f"/images/{state['id']}/file", headers={"Range": "bytes=1048576-2097151"})
    with open(PATH, "rb") as disk:
        disk.seek(MIB)
        assert answer.status_code == 206, answer.status_code
        assert answer.content == disk.read(MIB)


def share():
    demo.image.add_member(state["id"], member_id=alt_project)
    assert [image.id for image in alt.image.images(visibility="shared", member_status="pending")] == [state["id"]]
    assert state["id"] not in [image.id for image in alt.image.images()]
    alt.image.update_member(alt_project, state["id"], status="accepted")
    assert state["id"] in [image.id for image in alt.image.images()]
    assert sha512_of(alt.image.download_image(state["id"], stream=True).iter_content(MIB)) == SHA512
    demo.image.remove_member(alt_project, state["id"])
    expect(exceptions.NotFoundException, lambda: alt.image.get_image(state["id"]))


def deactivate():
    demo.image.deactivate_image(state["id"])
    assert demo.image.get_image(state["id"]).status == "deactivated"
    assert demo.image.get(f"/images/{state['id']}/file").status_code == 403
    # The SDK takes the body of the 403 for data, and then sees that its digest is wrong.
    expect(exceptions.SDKException, lambda: demo.image.download_image(state["id"]))
    demo.image.reactivate_image(state["id"])
    assert demo.image.get_image(state["id"]).status == "active"


def delete():
    demo.image.delete_image(state["id"], ignore_missing=False)
    expect(exceptions.NotFoundException, lambda: demo.image.get_image(state["id"]))
    expect(exceptions.NotFoundException, lambda: demo.image.delete_image(state["id"], ignore_missing=False))


def schemas():
    for schema in (demo.image.get_image_schema(), demo.image.get_images_schema(), demo.image.get_member_schema()):
        assert schema.properties, schema


if check("create, upload and compare digests", create):
    check("page through a list of seven by two", pages)
    check("change, protect and tag", change)
    check("download, every byte", download)
    check("download a byte range", byte_range)
    check("share, accept, list, download, unshare", share)
    check("deactivate and reactivate", deactivate)
    check("delete", delete)
check("schemas", schemas)
