"""What Glance would say of content, by oslo.utils' format inspector: a frame in, a line of JSON out, until the end.

A frame is the length of the declared disk_format (u32), the format, the length of the content (u64), the content; all
numbers little-endian. The rule on what is found is that of Glance 33 when an image is uploaded.
"""

import io
import json
import logging
import struct
import sys

from oslo_utils.imageutils import format_inspector as inspectors

CHUNK = 65536


def inspected(content):
    wrapper = inspectors.InspectWrapper(io.BytesIO(content))
    while wrapper.read(CHUNK):
        pass
    wrapper.close()
    return wrapper


def chosen(wrapper):
    """The one inspector that counts; an ISO with a partition table is an ISO."""
    found = {str(one): one for one in wrapper.formats}
    return found["iso"] if set(found) == {"iso", "gpt"} else wrapper.format


def verdict(declared, content):
    answer = {"formats": [], "accepted": False, "virtual_size": None}
    try:
        wrapper = inspected(content)
        # Its VMDK inspector can fail here with an AttributeError, which Glance would answer with 500.
        answer["formats"] = sorted(str(one) for one in wrapper.formats)
        inspector = chosen(wrapper)
        name = str(inspector)
        if name == declared:
            answer["virtual_size"] = inspector.virtual_size
        elif declared == "raw":
            answer["virtual_size"] = inspector.actual_size
        elif name != "raw" or declared in inspectors.ALL_FORMATS:
            return {**answer, "why": "mismatch"}
        inspector.safety_check()
    except inspectors.SafetyCheckFailed as failed:
        return {**answer, "why": ",".join(sorted(failed.failures))}
    except Exception as error:
        return {**answer, "why": type(error).__name__}
    return {**answer, "accepted": True, "why": "accepted"}


def main():
    logging.disable(logging.CRITICAL)
    stream = sys.stdin.buffer
    while head := stream.read(4):
        declared = stream.read(struct.unpack("<I", head)[0]).decode()
        content = stream.read(struct.unpack("<Q", stream.read(8))[0])
        print(json.dumps(verdict(declared, content)), flush=True)


main()
