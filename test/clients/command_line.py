"""Each command runs in a fork of this process, through the function that its entry point calls: to load it would take a
second each time, and in one process the commands would share what they remember of who calls."""
import importlib
import json
import os
import pty
import sys
import tempfile

from glanceclient import shell as glance_shell
from openstackclient import shell as openstack_shell

url = os.environ["CLIENTS_URL"]
# `openstack image create` takes image data from a standard input that is no terminal.
_, terminal = pty.openpty()


class Said:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def field(self, name):
        """A value of the table that `glance` prints; a long one goes on in rows whose first column is empty."""
        rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in self.out.split("\n") if "|" in row]
        found = None
        for row in rows:
            if found is not None and row[0] != "":
                break
            if row[0] == name or found is not None:
                found = (found or "") + row[1]
        return found

    @property
    def ids(self):
        """The first column of a table that `glance` prints."""
        rows = [row.split("|")[1].strip() for row in self.out.split("\n") if row.startswith("|")]
        return rows[1:]


def run(main, words):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            become(main, words, out.fileno(), err.fileno())
        _, status = os.waitpid(child, 0)
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
        return Said(os.waitstatus_to_exitcode(status), *said)


def become(main, words, out, err):
    """Does what the command does, and ends the process as it would."""
    code = 1
    try:
        for to, descriptor in enumerate((terminal, out, err)):
            os.dup2(descriptor, to)
        sys.argv = ["command", *words]
        code = main() or 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(ended.code)
        code = ended.code if isinstance(ended.code, int) else 1 if ended.code else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def succeeded(said):
    assert said.code == 0, f"exit code {said.code}: {said.err.strip()[-600:]}"
    return said


def refused(said, *words):
    assert said.code != 0, f"succeeded: {said.out[:300]}"
    for word in words:
        assert word.lower() in (said.err + said.out).lower(), f"refused for another reason: {said.err.strip()[-600:]}"


def load(main, words):
    """Loads what this command loads, so that its forks need not."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.argv = ["command", *words]
        try:
            main()
        finally:
            os.write(writer, "\n".join(sys.modules).encode())
            os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as names:
        for name in names.read().split("\n"):
            if name.split(".")[0] in ("openstack", "openstackclient", "osc_lib", "cliff", "keystoneauth1", "glanceclient"):
                importlib.import_module(name)


def openstack_said(cloud, *words):
    return run(openstack_shell.main, ["--os-cloud", cloud, *words])


def glance_said(user, *words, project=None):
    login = ["--os-auth-url", f"{url}/identity/v3", "--os-username", user, "--os-password", "secret"]
    scope = ["--os-project-name", project or user, "--os-user-domain-id", "default", "--os-project-domain-id", "default"]
    return run(glance_shell.main, [*login, *scope, "--os-region-name", "RegionOne", *words])


load(openstack_shell.main, ["--os-cloud", "demo", "image", "list", "--long", "-f", "json"])
