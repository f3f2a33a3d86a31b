"""Checks of one client, run one after the other; each makes what it needs. Prints one JSON line per check:
{"what": ..., "problem": null or a text}."""
import json
import os
import traceback

# How the service shows what was never set: left out, or null.
NULLS = os.environ["CLIENTS_UNSET"] == "null"
# What a client can do only when the service shows nulls: it must fail where they are left out, so that this list stays true.
NEEDS_NULLS = "needs nulls"

registered = []


def check(what, needs=None):
    def register(body):
        registered.append((what, needs, body))
        return body

    return register


def expect(error, body):
    """What was raised, which must be of this class."""
    try:
        body()
    except error as raised:
        return raised
    raise AssertionError(f"{error.__name__} expected")


def equal(actual, expected):
    assert actual == expected, f"{actual!r}, expected {expected!r}"


def run(client):
    for what, needs, body in registered:
        problem = None
        try:
            if needs == NEEDS_NULLS and not NULLS:
                expect(Exception, body)
                what += ": fails where unset attributes are left out"
            else:
                body()
        except (Exception, SystemExit):  # noqa: BLE001 every failure is a line of the report
            problem = traceback.format_exc(limit=4)
        print(json.dumps({"what": f"{client}: {what}", "problem": problem}), flush=True)
