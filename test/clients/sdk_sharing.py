from checks import check, equal, expect
from openstack import exceptions
from sdk_people import alt, alt_project, demo, filled, made, shared


@check("add a member: pending at first")
def _():
    image = made()
    member = demo.image.add_member(image, member_id=alt_project)
    equal((member.member_id, member.image_id, member.status), (alt_project, image.id, "pending"))


@check("a member is added once")
def _():
    expect(exceptions.ConflictException, lambda: demo.image.add_member(shared(), member_id=alt_project))


@check("a private image has no members")
def _():
    image = made(visibility="private")
    expect(exceptions.ForbiddenException, lambda: demo.image.add_member(image, member_id=alt_project))


@check("members as the owner and as the member sees them")
def _():
    image = shared()
    demo.image.add_member(image, member_id="another")
    equal(sorted(member.member_id for member in demo.image.members(image)), sorted([alt_project, "another"]))
    equal([member.member_id for member in alt.image.members(image)], [alt_project])


@check("show and find a member")
def _():
    image = shared()
    equal(demo.image.get_member(alt_project, image).status, "pending")
    equal(demo.image.find_member(alt_project, image).member_id, alt_project)
    equal(demo.image.find_member("none", image), None)
    expect(exceptions.NotFoundException, lambda: demo.image.find_member("none", image, ignore_missing=False))
    expect(exceptions.NotFoundException, lambda: demo.image.get_member("none", image))


@check("accept, reject, back to pending: the list follows at once")
def _():
    image = shared()
    for status in ("accepted", "rejected", "pending"):
        equal(alt.image.update_member(alt_project, image, status=status).status, status)
        equal(image.id in [one.id for one in alt.image.images()], status == "accepted")
        assert image.id in [one.id for one in alt.image.images(visibility="shared", member_status=status)]
        assert image.id in [one.id for one in alt.image.images(visibility="shared", member_status="all")]


@check("an unknown status is refused")
def _():
    image = shared()
    expect(exceptions.BadRequestException, lambda: alt.image.update_member(alt_project, image, status="maybe"))


@check("the owner does not answer for its member")
def _():
    image = shared()
    expect(exceptions.ForbiddenException, lambda: demo.image.update_member(alt_project, image, status="accepted"))


@check("a member adds and removes nobody")
def _():
    image = shared("accepted")
    expect(exceptions.ForbiddenException, lambda: alt.image.add_member(image, member_id="another"))
    expect(exceptions.ForbiddenException, lambda: alt.image.remove_member(alt_project, image, ignore_missing=False))


@check("a member downloads by id, whatever it answered")
def _():
    image = filled(b"shared data")
    demo.image.add_member(image, member_id=alt_project)
    for status in ("pending", "rejected", "accepted"):
        alt.image.update_member(alt_project, image, status=status)
        equal(alt.image.download_image(image.id).content, b"shared data")


@check("a member changes and deletes nothing")
def _():
    image = shared("accepted")
    expect(exceptions.ForbiddenException, lambda: alt.image.update_image(image.id, name="mine"))
    expect(exceptions.ForbiddenException, lambda: alt.image.delete_image(image.id, ignore_missing=False))


@check("remove a member: its access ends at once")
def _():
    image = shared("accepted")
    demo.image.remove_member(alt_project, image)
    expect(exceptions.NotFoundException, lambda: alt.image.get_image(image.id))
    demo.image.remove_member(alt_project, image)
    expect(exceptions.NotFoundException,
           lambda: demo.image.remove_member(alt_project, image, ignore_missing=False))


@check("a member that comes again is pending again")
def _():
    image = shared("accepted")
    demo.image.remove_member(alt_project, image)
    equal(demo.image.add_member(image, member_id=alt_project).status, "pending")


@check("members stay, and mean nothing, while the image is private")
def _():
    image = shared("accepted")
    demo.image.update_image(image.id, visibility="private")
    expect(exceptions.NotFoundException, lambda: alt.image.get_image(image.id))
    demo.image.update_image(image.id, visibility="shared")
    equal(alt.image.get_image(image.id).id, image.id)
