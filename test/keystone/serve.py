"""Serves Keystone on a loopback port: `serve.py PORT`, its configuration named by OS_KEYSTONE_CONFIG_FILES."""
import sys

from waitress import serve

port = int(sys.argv.pop())
# Keystone reads the command line too.
from keystone.wsgi.api import application  # noqa: E402

serve(application, host="127.0.0.1", port=port, threads=8)
