import io
import itertools

import openstack
from command_line import glance_said, succeeded
from glanceclient import client as glanceclient

numbers = itertools.count()
connections = {name: openstack.connect(cloud=name) for name in ("demo", "alt", "admin", "nova", "glance-lists")}
projects = {name: connection.session.get_project_id() for name, connection in connections.items()}
# The library on a session of keystoneauth, as Nova and Cinder use it.
demo, alt, admin, nova, lister = (
    glanceclient.Client("2", session=connections[name].session, region_name="RegionOne")
    for name in ("demo", "alt", "admin", "nova", "glance-lists")
)


def glance(user, *words):
    return succeeded(glance_said(user, *words))


def made(client=demo, **attributes):
    given = {"name": f"glance-{next(numbers)}", "disk_format": "raw", "container_format": "bare"}
    return client.images.create(**{**given, **attributes})


def filled(data=b"image data", **attributes):
    image = made(**attributes)
    demo.images.upload(image.id, io.BytesIO(data))
    return demo.images.get(image.id)
