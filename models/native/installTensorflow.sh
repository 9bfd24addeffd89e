#!/usr/bin/env bash
# Installs @tensorflow/tfjs-node with package registries alone: the npm package without its own download, TensorFlow's C
# library out of the wheel that TensorFlow publishes on PyPI, and the binding compiled here. What is there is left as it is.
#   bash models/native/installTensorflow.sh [PROJECT]    default: the project that this script is in
# Needs Linux with glibc, node, npm, python3 with pip, g++. Downloads 214 MB, occupies 640 MB, 1 GB has to be free.
set -euo pipefail

tfjs_node=4.22.0 tensorflow=2.16.2 headers=1.9.0
headers_sha256=6cbfac49542194ae2c8f1dee5fa2dc00d66bec9cbf3b59e3a4e5f16d14eb0d19

fail() { echo "installTensorflow: $*" >&2; exit 1; }
say() { echo "installTensorflow: $*"; }

[ $# -le 1 ] || fail "expected at most one argument (the project's folder), received $#"
project=$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}" && pwd) || fail "expected a project's folder, received: ${1:-}"
[ -f "$project/package.json" ] || fail "expected package.json in $project, received a folder without"
[ -d "$project/node_modules" ] || fail "expected node_modules in $project (npm ci), received a folder without"
for program in node npm python3 g++ sha256sum; do
  command -v "$program" > /dev/null || fail "expected $program to be installed, received no such program"
done
python3 -m pip --version > /dev/null 2>&1 || fail "expected python3 with pip (Debian: python3-pip), received python3 without"
getconf GNU_LIBC_VERSION > /dev/null 2>&1 || fail "expected Linux with glibc, received $(uname -s) without"

# Hashes as PyPI gives them. Only x86_64 has been run.
case $(node -p process.arch) in
  x64)
    wheel=tensorflow-cpu platform=x86_64 size='214 MB'
    wheel_sha256=c855cb6bf05d32dd5928086b03a5f6b4189b63c22b95e017703cbee4291023ca ;;
  arm64)
    wheel=tensorflow platform=aarch64 size='219 MB'
    wheel_sha256=8728b12bc86941d90d0a927c40d4b21f8820964a80439a7c45f850eb37d57067 ;;
  *) fail "expected Node for x64 or arm64, received $(node -p process.arch)" ;;
esac

package=$project/node_modules/@tensorflow/tfjs-node
deps=$package/deps
binding=$package/lib/napi-v8/tfjs_binding.node

# Every step leaves a mark when it is done, with what it was made from: an interrupted run goes on at the step it was in.
marked() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

check() {
  (cd "$project" && TF_CPP_MIN_LOG_LEVEL=2 node -e "
    const tf = require('@tensorflow/tfjs-node')
    const sum = tf.add(tf.tensor1d([1, 2]), 3).dataSync().join()
    if (tf.getBackend() !== 'tensorflow' || sum !== '4,5')
      throw new Error('expected backend tensorflow and 4,5, received ' + tf.getBackend() + ' and ' + sum)
    console.log('installTensorflow: tfjs-node', tf.version['tfjs-node'], 'runs on TensorFlow', tf.backend().binding.TF_Version)
  ")
}

install_package() {
  local found
  found=$(node -p "require('$package/package.json').version" 2> /dev/null || true)
  if [ "$found" = "$tfjs_node" ] && (cd "$project" && node -e "require('@mapbox/node-pre-gyp')" 2> /dev/null); then return; fi
  say "installing @tensorflow/tfjs-node $tfjs_node (found: ${found:-none}), without its install script"
  (cd "$project" && npm install --no-save --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$tfjs_node") ||
    fail "expected npm to install @tensorflow/tfjs-node@$tfjs_node, received the error above"
}

install_library() {
  if marked "$deps/lib/.made-from" "$wheel_sha256" && [ -f "$deps/lib/libtensorflow_cc.so.2" ]; then return; fi
  local work=$deps/work free
  mkdir -p "$work"
  free=$(df -Pk "$work" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge 1000 ] || fail "expected 1000 MB free in $deps, received $free MB"
  if ! echo "$wheel_sha256 $(echo "$work"/*.whl)" | sha256sum --check --status 2> /dev/null; then
    rm -f "$work"/*.whl
    say "downloading $wheel $tensorflow for $platform, $size (pip keeps a copy)"
    echo "$wheel==$tensorflow --hash=sha256:$wheel_sha256" > "$work/requirements.txt"
    # The library does not depend on Python's version: any one wheel will do. /tmp may be small.
    TMPDIR=$work python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
      --only-binary :all: --implementation cp --python-version 3.11 --platform "manylinux2014_$platform" \
      --dest "$work" --requirement "$work/requirements.txt" ||
      fail "expected pip to download $wheel==$tensorflow with SHA-256 $wheel_sha256, received the error above"
  fi
  say 'unpacking the library and its headers'
  rm -rf "$deps/lib" "$deps/include" "$work/tensorflow"
  python3 - "$work" <<'PY' || fail 'expected the wheel to unpack, received the error above'
import glob, re, sys, zipfile
work = sys.argv[1]
wanted = re.compile(
    r'tensorflow/(libtensorflow_(cc|framework)\.so\.2|THIRD_PARTY_NOTICES\.txt'
    r'|include/(tensorflow/c/.*|tensorflow/core/platform/ctstring.*|tsl/c/.*|tsl/platform/ctstring.*)\.h)')
with zipfile.ZipFile(glob.glob(work + '/*.whl')[0]) as wheel:
    wheel.extractall(work, [name for name in wheel.namelist() if wanted.fullmatch(name)])
PY
  mv "$work/tensorflow/include" "$deps/include"
  mkdir "$deps/lib"
  mv "$work/tensorflow"/* "$deps/lib/"
  echo "$wheel_sha256" > "$deps/lib/.made-from"
  rm -rf "$work"
}

build_binding() {
  local from="$tfjs_node $wheel_sha256 $headers_sha256"
  if marked "$binding.made-from" "$from" && [ -f "$binding" ]; then return; fi
  say 'compiling the binding'
  local napi=$deps/node-api
  rm -rf "$napi" "$binding.made-from"
  mkdir -p "$napi" "$(dirname "$binding")"
  (cd "$project" && npm pack --silent --pack-destination "$napi" "node-api-headers@$headers" > /dev/null) ||
    fail "expected npm to download node-api-headers@$headers, received the error above"
  echo "$headers_sha256 $napi/node-api-headers-$headers.tgz" | sha256sum --check --status ||
    fail "expected node-api-headers with SHA-256 $headers_sha256, received $(sha256sum "$napi"/*.tgz)"
  tar -xzf "$napi/node-api-headers-$headers.tgz" -C "$napi"
  # The highest version of Node-API that the package names; any later Node has it too.
  g++ -std=c++17 -O2 -fPIC -shared -DNAPI_VERSION=8 -I "$napi/package/include" -I "$deps/include" \
    "$package"/binding/*.cc -o "$binding.part" \
    -L "$deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 '-Wl,-rpath,$ORIGIN/../../deps/lib' ||
    fail 'expected g++ to compile the binding, received the error above'
  mv "$binding.part" "$binding"
  rm -rf "$napi"
  echo "$from" > "$binding.made-from"
}

# The package's own download may have been within reach.
if [ -f "$binding" ] && [ ! -f "$binding.made-from" ] && check 2> /dev/null; then exit 0; fi
install_package
install_library
build_binding
check || {
  rm -f "$deps/lib/.made-from" "$binding.made-from"
  fail 'expected @tensorflow/tfjs-node to load and to add, received the error above; the next run unpacks and compiles anew'
}
