import hashlib
import io
import os
import tempfile

from checks import check, equal, expect
from openstack import exceptions
from sdk_people import alt, demo, filled, made, reader

DATA = b"data of an image, not of a disk. " * 4096


def digest(name, data=DATA):
    return hashlib.new(name, data).hexdigest()


def upload(image, data, **headers):
    headers = {"Content-Type": "application/octet-stream", "Accept": "", **headers}
    return demo.image.put(f"/images/{image.id}/file", data=data, headers=headers)


@check("create with data from memory, from a stream and from a file")
def _():
    with tempfile.NamedTemporaryFile() as file:
        file.write(DATA)
        file.flush()
        for source in ({"data": DATA}, {"data": io.BytesIO(DATA)}, {"filename": file.name}):
            shown = demo.image.get_image(made(**source).id)
            equal((shown.status, shown.size, shown.checksum), ("active", len(DATA), digest("md5")))
            equal((shown.hash_algo, shown.hash_value), ("sha512", digest("sha512")))


@check("create from a file and wait; the SDK's own digests are kept as properties")
def _():
    with tempfile.NamedTemporaryFile() as file:
        file.write(DATA)
        file.flush()
        image = made(filename=file.name, wait=True, validate_checksum=True)
        again = made(name=image.name, filename=file.name, validate_checksum=True, allow_duplicates=False)
    properties = demo.image.get_image(image.id).properties
    equal(properties["owner_specified.openstack.sha256"], digest("sha256"))
    equal(properties["owner_specified.openstack.md5"], digest("md5"))
    equal(again.id, image.id)


@check("a stated size that is right, and one that is wrong")
def _():
    image = demo.image.get_image(made().id)
    equal(upload(image, DATA, **{"X-OpenStack-Image-Size": str(len(DATA) + 1)}).status_code, 400)
    equal(demo.image.get_image(image.id).status, "queued")
    equal(upload(image, DATA, **{"X-OpenStack-Image-Size": str(len(DATA))}).status_code, 204)


@check("data is uploaded once")
def _():
    equal(upload(filled(), DATA).status_code, 409)


@check("upload in chunks, of a length that nobody told")
def _():
    image = made()
    equal(upload(image, iter([DATA, DATA])).status_code, 204)
    equal(demo.image.get_image(image.id).size, 2 * len(DATA))


@check("an empty upload makes the image active, as Nova's snapshots need it")
def _():
    image = made()
    equal(upload(image, b"").status_code, 204)
    shown = demo.image.get_image(image.id)
    equal((shown.status, shown.size), ("active", 0))


@check("the deprecated upload_image")
def _():
    image = demo.image.upload_image("bare", "raw", DATA, name="deprecated")
    equal(demo.image.get_image(image.id).checksum, digest("md5"))


@check("no upload without formats; the SDK deletes the image that it made")
def _():
    expect(exceptions.SDKException, lambda: made(name="no-formats", disk_format=None, container_format=None, data=DATA))
    equal(demo.image.find_image("no-formats"), None)


@check("data that is not of the declared format is refused, and the image is gone")
def _():
    expect(exceptions.SDKException, lambda: made(name="no-qcow2", disk_format="qcow2", data=DATA))
    equal(demo.image.find_image("no-qcow2"), None)


@check("a 415 for the wrong content type")
def _():
    answer = demo.image.put(f"/images/{made().id}/file", data=DATA, headers={"Content-Type": "text/plain"})
    equal(answer.status_code, 415)


@check("only its project uploads an image's data")
def _():
    image = made(visibility="community")
    equal(alt.image.put(f"/images/{image.id}/file", data=DATA,
                        headers={"Content-Type": "application/octet-stream"}).status_code, 403)


@check("download into memory, as a stream, into a file and into an object")
def _():
    image = filled(DATA)
    equal(demo.image.download_image(image.id).content, DATA)
    stream = demo.image.download_image(image, stream=True)
    equal(b"".join(stream.iter_content(1000)), DATA)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "saved")
        demo.image.download_image(image, output=path)
        with open(path, "rb") as saved:
            equal(saved.read(), DATA)
    into = io.BytesIO()
    demo.image.download_image(image, output=into)
    equal(into.getvalue(), DATA)


@check("the headers of a download")
def _():
    headers = demo.image.get(f"/images/{filled(DATA).id}/file").headers
    equal((headers["Content-MD5"], headers["Content-Length"]), (digest("md5"), str(len(DATA))))
    equal(headers["Content-Type"], "application/octet-stream")


@check("an image without data has nothing to download: 204")
def _():
    equal(demo.image.get(f"/images/{made().id}/file").status_code, 204)


@check("ranges: from the start, from the middle, the end, outside")
def _():
    image = filled(DATA)
    for wanted, part in (("0-99", DATA[:100]), ("50-149", DATA[50:150]), ("-10", DATA[-10:])):
        answer = demo.image.get(f"/images/{image.id}/file", headers={"Range": f"bytes={wanted}"})
        equal((answer.status_code, answer.content), (206, part))
    outside = demo.image.get(f"/images/{image.id}/file", headers={"Range": f"bytes={len(DATA)}-"})
    equal(outside.status_code, 416)


@check("a deactivated image is not downloaded")
def _():
    image = filled()
    demo.image.deactivate_image(image)
    equal(demo.image.get(f"/images/{image.id}/file").status_code, 403)


@check("the reader's role is not enough to download")
def _():
    equal(reader.image.get(f"/images/{filled().id}/file").status_code, 403)


@check("import info")
def _():
    equal(demo.image.get_import_info().import_methods["value"], ["glance-direct", "web-download"])
