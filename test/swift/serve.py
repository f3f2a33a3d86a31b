"""Runs one of Swift's servers in the foreground: `serve.py SWIFT_DIR (proxy|account|container|object) CONFIG`."""
import importlib
import sys

directory, kind, config = sys.argv[1:]

from swift.common import utils  # noqa: E402

# Before anything reads it: else it is that of the system, in /etc/swift.
utils.set_swift_dir(directory)

from swift.common.wsgi import run_wsgi  # noqa: E402

importlib.import_module(f"swift.{'obj' if kind == 'object' else kind}.server")
sys.exit(run_wsgi(config, f"{kind}-server", verbose=True))
