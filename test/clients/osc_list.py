from checks import check, equal
from command_line import openstack_said, refused
from osc_people import asked, lister_project, listed, made

names = ["bravo", "alpha", "charlie"]
ids = [made("--tag", "list", "--tag", f"t{place % 2}", "--property", f"n={place}", "--min-ram", str(place), name=name,
            cloud="osc-lists") for place, name in enumerate(names)]


@check("list: the command sorts by name by itself")
def _():
    equal(listed(), sorted(names))


@check("list: --sort, both directions")
def _():
    equal(listed("--sort", "name:desc"), sorted(names)[::-1])
    equal(listed("--sort", "status:asc,name:desc"), sorted(names)[::-1])


@check("list: --limit and --marker: pages of the service, newest first, sorted by the command")
def _():
    equal(listed("--limit", "2"), ["alpha", "charlie"])
    equal(listed("--limit", "1", "--marker", ids[2]), ["alpha"])
    equal(listed("--limit", "1", "--marker", ids[1]), ["bravo"])


@check("list: a marker that is not there")
def _():
    refused(openstack_said("osc-lists", "image", "list", "--marker", "11111111-2222-4333-8444-555555555555"))


@check("list: --name, --status, --tag")
def _():
    equal(listed("--name", "alpha"), ["alpha"])
    equal(listed("--status", "active"), [])
    equal(listed("--status", "queued"), sorted(names))
    equal(listed("--tag", "t0"), ["bravo", "charlie"])
    equal(listed("--tag", "t0", "--tag", "list"), ["bravo", "charlie"])


@check("list: --property, which the command filters by itself as well")
def _():
    equal(listed("--property", "n=2"), ["charlie"])
    equal(listed("--property", "n=2", "--property", "n=1"), listed("--property", "n=1"))


@check("list: --private, --shared, --community, --public, --all")
def _():
    made("--private", name="delta", cloud="osc-lists")
    made("--community", name="echo", cloud="osc-lists")
    equal(listed("--private"), ["delta"])
    equal(listed("--shared"), sorted(names))
    assert "echo" in listed("--community")
    equal(listed("--public"), [])
    assert set(listed("--all")) >= {*names, "delta", "echo"}


@check("list: --hidden")
def _():
    image = made(name="foxtrot", cloud="osc-lists")
    asked_before = listed("--hidden")
    equal(asked_before, [])
    openstack_said("osc-lists", "image", "set", "--hidden", image)
    equal(listed("--hidden"), ["foxtrot"])
    assert "foxtrot" not in listed()


@check("list: --project, for an admin")
def _():
    assert set(listed("--project", lister_project, cloud="admin")) >= set(names)


@check("list: --long")
def _():
    [row] = asked("osc-lists", "list", "--long", "--name", "alpha")
    equal((row["Disk Format"], row["Visibility"], row["Protected"], row["Project"]), ("raw", "shared", False, lister_project))
    equal(sorted(row["Tags"]), ["list", "t1"])


@check("list: what the service does not take")
def _():
    refused(openstack_said("osc-lists", "image", "list", "--sort", "colour:asc"))


@check("list: a reader of the project")
def _():
    made(name="for the reader")
    assert "for the reader" in listed(cloud="reader")
