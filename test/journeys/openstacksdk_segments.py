"""openstacksdk cuts a file into segments; it is read as one, imported as one, and removed with its segments."""
import hashlib
import sys
import time

import openstack

PATH, CONTAINER = sys.argv[1:]
NAME = "sdk-large"

with open(PATH, "rb") as file:
    data = file.read()
cloud = openstack.connect(cloud="demo")
store = cloud.object_store
cloud.create_object(CONTAINER, NAME, filename=PATH, segment_size=7 * 1024 * 1024)
known = store.head(f"/{CONTAINER}/{NAME}").headers
assert known["x-static-large-object"] == "True", known
assert int(known["content-length"]) == len(data), known
assert cloud.get_object_raw(CONTAINER, NAME).content == data
middle = store.get(f"/{CONTAINER}/{NAME}", headers={"range": "bytes=7340000-7340100"})
assert middle.content == data[7340000:7340101], len(middle.content)

task = {"type": "import", "input": {"import_from": f"{CONTAINER}/{NAME}"}}
known = cloud.image.post("/tasks", json=task).json()
for _ in range(600):
    known = cloud.image.get(f"/tasks/{known['id']}").json()
    if known["status"] in ("success", "failure"):
        break
    time.sleep(0.2)
assert known["status"] == "success", known
image = cloud.image.get_image(known["result"]["image_id"])
assert image.checksum == hashlib.md5(data).hexdigest(), image
cloud.image.delete_image(image)

assert cloud.delete_object(CONTAINER, NAME)
left = [one.name for container in store.containers() for one in store.objects(container.name)]
assert not any(NAME in name for name in left), left
