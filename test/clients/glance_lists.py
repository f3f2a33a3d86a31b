from checks import check, equal, expect
from glance_people import admin, demo, glance, made, lister, projects
from glanceclient import exc

# A project of its own, whose images are known to the last one.
images = [made(lister, name=name, tags=["list", f"t{place % 2}"], team=f"n{place}", min_ram=place)
          for place, name in enumerate(["echo", "alpha", "delta", "bravo", "charlie"])]
names = [image.name for image in images]


def listed(**query):
    return [image.name for image in lister.images.list(**query)]


@check("list: all of them, however small the pages")
def _():
    for size in (1, 2, 100):
        equal(sorted(listed(page_size=size)), sorted(names))


@check("list: a limit over several pages")
def _():
    equal(len(listed(limit=3, page_size=2)), 3)


@check("list: sort_key, sort_dir, sort")
def _():
    equal(listed(sort_key="name", sort_dir="asc"), sorted(names))
    equal(listed(sort_key=["created_at", "name"], sort_dir=["asc", "asc"]), names)
    equal(listed(sort="name:desc"), sorted(names)[::-1])


@check("list: several sort keys keep their order over pages")
def _():
    equal(listed(sort_key=["status", "name"], sort_dir=["asc", "desc"], page_size=2), sorted(names)[::-1])


@check("list: a marker")
def _():
    equal(listed(sort_key="name", sort_dir="asc", marker=images[3].id), ["charlie", "delta", "echo"])


@check("list: filters by name, tag, several tags, property, owner")
def _():
    equal(listed(filters={"name": "alpha"}), ["alpha"])
    equal(sorted(listed(filters={"tag": ["list", "t1"]}, page_size=1)), ["alpha", "bravo"])
    equal(listed(filters={"team": "n2"}), ["delta"])
    equal(len(listed(filters={"owner": projects["glance-lists"]})), 5)


@check("list: filters by status and format, in: lists")
def _():
    equal(len(listed(filters={"status": "queued"})), 5)
    equal(listed(filters={"disk_format": "in:iso,vhd"}), [])
    equal(sorted(listed(filters={"name": "in:alpha,bravo"})), ["alpha", "bravo"])


@check("list: names with quotes and commas")
def _():
    strange = made(lister, name='with, "quotes"')
    equal(listed(filters={"name": 'with, "quotes"'}), ['with, "quotes"'])
    lister.images.delete(strange.id)


@check("list: by time")
def _():
    first = lister.images.get(images[0].id).created_at
    equal(len(listed(filters={"created_at": f"gte:{first}"})), 5)
    equal(listed(filters={"updated_at": f"lt:{first}"}), [])


@check("list: by digest and by visibility")
def _():
    equal(listed(filters={"checksum": "0" * 32}), [])
    equal(listed(filters={"visibility": "private"}), [])
    assert {image.id for image in images} <= {image.id for image in admin.images.list(filters={"visibility": "shared"})}


@check("list: what the service refuses")
def _():
    expect(exc.HTTPBadRequest, lambda: listed(filters={"visibility": "everyone"}))
    expect(exc.HTTPBadRequest, lambda: listed(marker="none"))


@check("list: another project's images are not there")
def _():
    equal([image.id for image in demo.images.list() if image.id in [one.id for one in images]], [])


@check("glance image-list: sorted by name, in pages")
def _():
    equal(glance("glance-lists", "image-list", "--page-size", "2").ids, [i.id for i in sorted(images, key=lambda i: i.name)])


@check("glance image-list: every filter that it has")
def _():
    def ids(*words):
        return glance("glance-lists", "image-list", *words).ids

    equal(ids("--tag", "t1", "--tag", "list", "--sort", "name:asc"), [images[1].id, images[3].id])
    equal(ids("--property-filter", "team=n2"), [images[2].id])
    equal(ids("--property-filter", "name=alpha"), [images[1].id])
    equal(len(ids("--owner", projects["glance-lists"])), 5)
    equal(ids("--visibility", "private"), [])
    equal(ids("--checksum", "0" * 32), [])
    equal(ids("--hash", "0" * 128), [])
    equal(ids("--member-status", "pending", "--visibility", "private"), [])
    equal(ids("--hidden", "True"), [])
    equal(ids("--limit", "1", "--sort-key", "name", "--sort-dir", "desc"), [images[0].id])


@check("glance --verbose image-list")
def _():
    assert "queued" in glance("glance-lists", "--verbose", "image-list").out
