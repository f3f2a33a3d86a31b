from checks import check, equal, expect
from openstack import exceptions
from sdk_people import admin, alt, demo, filled, lister, made

# A project of its own, so that lists are known to the last image: made in this order.
names = ["delta", "alpha", "charlie", "bravo"]
images = [
    made(lister, name=name, min_ram=64 * place, tags=["list", f"t{place % 2}"], flavour=f"f{place}",
         disk_format=["raw", "iso"][place % 2], data=b"x" * (place + 1) if place % 2 == 0 else None)
    for place, name in enumerate(names)
]


def listed(**query):
    return [image.name for image in lister.image.images(**query)]


@check("list: newest first")
def _():
    equal(listed(), names[::-1])


@check("list: page by page, in every order")
def _():
    for sort, expected in (("name:asc", sorted(names)), ("name:desc", sorted(names)[::-1]), (None, names[::-1])):
        equal(listed(limit=1, **({"sort": sort} if sort else {})), expected)


@check("list: the pages of a filtered list")
def _():
    equal(listed(limit=1, tag="t0", sort="name:asc"), ["charlie", "delta"])


@check("list: sort_key with sort_dir")
def _():
    equal(listed(sort_key="created_at", sort_dir="asc"), names)
    equal(listed(sort_key="id", sort_dir="asc"), [i.name for i in sorted(images, key=lambda image: image.id)])


@check("list: by name, id and status")
def _():
    equal(listed(name="alpha"), ["alpha"])
    equal(listed(id=images[2].id), ["charlie"])
    equal(sorted(listed(status="active")), ["charlie", "delta"])


@check("list: in: several names")
def _():
    equal(listed(name="in:alpha,bravo", sort="name:asc"), ["alpha", "bravo"])


@check("list: by tag, property, format, owner")
def _():
    equal(sorted(listed(tag="t1")), ["alpha", "bravo"])
    # The SDK does not pass on what it does not know.
    equal([one["name"] for one in lister.image.get("/images?flavour=f2").json()["images"]], ["charlie"])
    equal(sorted(listed(disk_format="iso")), ["alpha", "bravo"])
    equal(len(listed(owner=lister.session.get_project_id())), 4)


@check("list: by the smallest and the largest size")
def _():
    equal(sorted(listed(size_min=2)), ["charlie"])
    equal(sorted(listed(size_max=2)), ["delta"])


@check("list: by memory")
def _():
    equal(listed(min_ram=128), ["charlie"])


@check("list: by time")
def _():
    shown = lister.image.get_image(images[0].id)
    equal(len(listed(created_at=f"gte:{shown.created_at}")), 4)
    equal(listed(created_at=f"lt:{shown.created_at}"), [])
    equal(len(listed(updated_at=f"gte:{shown.created_at}")), 4)


@check("list: protected and hidden, with Python's True")
def _():
    image = made(lister, name="apart", is_protected=True, meta={"os_hidden": True})
    equal(listed(is_hidden=True), ["apart"])
    equal(listed(is_hidden=True, protected=True), ["apart"])
    lister.image.update_image(image, is_protected=False)
    lister.image.delete_image(image)
    equal(listed(is_hidden=True), [])


@check("list: by visibility")
def _():
    community = made(lister, name="for all", visibility="community")
    equal(listed(visibility="community", owner=lister.session.get_project_id()), ["for all"])
    equal(len(listed(visibility="shared")), 4)
    assert community.id in [image.id for image in alt.image.images(visibility="community")]
    assert community.id not in [image.id for image in alt.image.images()]
    assert community.id in [image.id for image in alt.image.images(visibility="all")]
    lister.image.delete_image(community)


@check("list: what does not exist matches nothing")
def _():
    equal(listed(name="nowhere"), [])
    equal(listed(tag="nowhere"), [])


@check("list: bad parameters are refused")
def _():
    for query in ({"sort": "colour"}, {"visibility": "everyone"}, {"marker": "x"}, {"name": "like:x"}, {"size_min": "x"}):
        expect(exceptions.BadRequestException, lambda: listed(**query))


@check("list: an admin sees every project's images")
def _():
    seen = {image.id for image in admin.image.images(limit=1000)}
    assert {image.id for image in images} <= seen


@check("list: the SDK filters by itself what the service does not")
def _():
    equal([image.name for image in lister.image.images(name="alpha", architecture=None)], ["alpha"])


@check("the cloud layer: list, search, get, download, change, delete")
def _():
    image = filled(b"cloud layer", name="cloud-layer")
    assert image.id in [one.id for one in demo.list_images()]
    equal([one.id for one in demo.search_images("cloud-layer")], [image.id])
    equal(demo.get_image("cloud-layer").id, image.id)
    equal(demo.get_image_id("cloud-layer"), image.id)
    equal(demo.get_image_name(image.id), "cloud-layer")
    demo.update_image_properties(image, meta={"layer": "cloud"})
    equal(demo.get_image(image.id).properties["layer"], "cloud")
    assert demo.delete_image("cloud-layer", wait=True)
    equal(demo.get_image("cloud-layer"), None)
