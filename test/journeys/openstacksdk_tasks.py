"""Rackspace's way of openstacksdk: the file goes into Cloud Files, a task imports it, the properties are patched on."""
import hashlib
import sys

import openstack

PATH, SHA512 = sys.argv[1], sys.argv[2]

cloud = openstack.connect(cloud="demo", image_api_use_tasks=True)
image = cloud.create_image(
    "sdk-task",
    filename=PATH,
    container="sdk-images",
    disk_format="vhd",
    container_format="ovf",
    wait=True,
    timeout=300,
    os_distro="debian",
)
assert image.status == "active", image.status
assert image.name == "sdk-task", image.name
assert image.properties.get("image_type", image.get("image_type")) == "import", image
digest = hashlib.sha512()
for chunk in cloud.image.download_image(image, stream=True).iter_content(1024 * 1024):
    digest.update(chunk)
assert digest.hexdigest() == SHA512
