"""Who calls through openstacksdk, and what they begin with."""
import itertools

import openstack

demo, alt, admin, reader, nova, lister = (
    openstack.connect(cloud=name) for name in ("demo", "alt", "admin", "reader", "nova", "sdk-lists")
)
demo_project, alt_project = demo.session.get_project_id(), alt.session.get_project_id()
numbers = itertools.count()


def made(cloud=demo, **attributes):
    """A new image without data."""
    name = f"sdk-{next(numbers)}"
    given = {"name": name, "disk_format": "raw", "container_format": "bare", "allow_duplicates": True}
    return cloud.image.create_image(**{**given, **attributes})


def filled(data=b"ten bytes.", **attributes):
    """A new image with data."""
    return demo.image.get_image(made(data=data, **attributes).id)


def shared(status=None):
    """An image of demo that alt is a member of."""
    image = made()
    demo.image.add_member(image, member_id=alt_project)
    if status:
        alt.image.update_member(alt_project, image, status=status)
    return image
