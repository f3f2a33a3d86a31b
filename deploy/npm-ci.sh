#!/bin/sh
# npm ci for image builds; trusts the authority of the build secret `registry_ca` too, when there is one. Without the
# development packages, what compilers, debuggers and browsers read goes as well: half of it all.
set -e
if [ -s /run/secrets/registry_ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/registry_ca; fi
npm ci --ignore-scripts --no-audit --no-fund "$@"
case " $* " in
*' --omit=dev '*)
  find . -path '*/node_modules/*' -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
  rm -rf node_modules/typeorm/browser
  ;;
esac
