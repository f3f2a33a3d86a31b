from checks import check, equal, expect
from openstack import exceptions
from sdk_people import demo, filled, made, nova


@check("schemas of image, images, member, members")
def _():
    proxy = demo.image
    for schema, name in ((proxy.get_image_schema(), "image"), (proxy.get_images_schema(), "images"),
                         (proxy.get_member_schema(), "member"), (proxy.get_members_schema(), "members")):
        equal(schema.name, name)
        assert schema.properties


@check("the schema allows arbitrary attributes, of text")
def _():
    equal(demo.image.get_image_schema().additional_properties["type"], "string")


@check("version discovery: the newest version, and its endpoint")
def _():
    data = demo.image.get_endpoint_data()
    equal(data.api_version[0], 2)
    assert data.url.endswith("/v2/") or data.url.endswith("/v2"), data.url
    versions = demo.session.get_all_version_data(service_type="image")
    assert versions, versions


@check("usage and its limits")
def _():
    usage = demo.image.get("/info/usage").json()["usage"]
    assert isinstance(usage, dict)


@check("there is one store, and so no list of stores")
def _():
    expect(exceptions.NotFoundException, lambda: list(demo.image.stores()))


@check("locations are for services only")
def _():
    image = filled()
    expect(exceptions.ForbiddenException, lambda: list(demo.image.image_locations(image)))


@check("a service reads where the data is")
def _():
    image = filled()
    answer = nova.image.get(f"/images/{image.id}/locations")
    equal(answer.status_code, 200)
    equal([set(location) for location in answer.json()], [{"url", "metadata"}])


@check("no store takes a location")
def _():
    image = made()
    expect(exceptions.ForbiddenException, lambda: demo.image.add_image_location(image, "http://example.org/x"))


@check("every answer has its request id")
def _():
    assert demo.image.get("/images").headers["x-openstack-request-id"].startswith("req-")
