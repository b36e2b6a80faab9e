# shellcheck shell=bash
#
# What `quickstart` and `check` share: installing, building, saying what is
# going on. Sourced, with the working directory at the root of the repository.

# Parallel jobs of every build and test run.
jobs=${JOBS:-$(nproc)}

# A line that stands out among a build's output.
say() {
  printf '\n== %s\n' "$*"
}

# Ends the script with a message.
fail() {
  printf '%s: error: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Runs a command with its output in a file, showing a line now and then, and the
# end of the file when the command fails: a build's output is long and matters
# only then.
run_logged() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 &
  local job=$! waited=0 status=0
  # Jobs in the background of a script do not see the user's interrupt.
  # shellcheck disable=SC2064
  trap "kill $job 2>/dev/null; exit 130" INT TERM
  while kill -0 "$job" 2>/dev/null; do
    sleep 1
    waited=$((waited + 1))
    if ((waited % 15 == 0)); then
      printf '   %4d s  %s\n' "$waited" "$(tail -n 1 "$log" | cut -c 1-100)"
    fi
  done
  wait "$job" || status=$?
  trap - INT TERM
  if ((status != 0)); then
    tail -n 40 "$log" >&2
    printf 'the whole output is in %s\n' "$log" >&2
  fi
  return "$status"
}

# Installs the packages of packages.txt that are missing; asks apt nothing when
# none is.
install_packages() {
  local package
  local -a missing=() sudo=()
  while read -r package; do
    if ! dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" \
      2>/dev/null | grep -q '^ii'; then
      missing+=("$package")
    fi
  done < <(grep -v '^#' packages.txt)
  if ((${#missing[@]} == 0)); then
    return
  fi

  say "installing ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    fail "no apt-get here; install by hand what packages.txt lists"
  fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "installing packages needs root or sudo; missing: ${missing[*]}"
    sudo=(sudo)
  fi
  run_logged build/log/apt-update.txt "${sudo[@]}" apt-get update ||
    fail "apt-get update failed"
  run_logged build/log/apt-install.txt "${sudo[@]}" \
    env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "${missing[@]}" ||
    fail "apt-get install failed"
}

# Makes the Python environment of the tests in build/venv, with PyTorch and JAX,
# unless it is there already. What cannot be had (no network) is said, and its
# tests are then unsupported.
make_python_environment() {
  local wanted=python/requirements-tests.txt made=build/venv/requirements.txt
  if cmp --silent "$wanted" "$made"; then
    return
  fi
  say "installing PyTorch and JAX into build/venv (a few GB)"
  if python3 -m venv --clear build/venv &&
    run_logged build/log/pip-install.txt build/venv/bin/python -m pip install \
      --disable-pip-version-check --requirement "$wanted"; then
    cp "$wanted" "$made"
  else
    rm -rf build/venv
    echo "no Python environment: tests that need PyTorch or JAX are unsupported"
  fi
}

# Installs NVIDIA's assembler into build/ptxas, if the machine has none: what it
# says of kernels is tested, and it needs no GPU. Without a network these tests
# are unsupported.
install_ptxas() {
  if [[ -x ${CUDA_HOME-/usr/local/cuda}/bin/ptxas ]] || command -v ptxas >/dev/null ||
    compgen -G 'build/ptxas/nvidia/*/bin/ptxas' >/dev/null; then
    return
  fi
  say "installing ptxas"
  run_logged build/log/pip-ptxas.txt python3 -m pip install --no-deps \
    --target build/ptxas nvidia-cuda-nvcc==13.0.88 ||
    echo "no ptxas: its tests will be unsupported" >&2
}

# build PRESET [TARGET...]: configures and builds a preset of CMakePresets.json.
build() {
  local preset=$1
  shift
  local -a targets=()
  if (($# != 0)); then
    targets=(--target "$@")
  fi
  say "configuring ($preset)"
  run_logged "build/log/configure-$preset.txt" cmake --preset "$preset" ||
    return 1
  say "building ($preset, $jobs jobs)"
  run_logged "build/log/build-$preset.txt" \
    cmake --build --preset "$preset" --parallel "$jobs" "${targets[@]}"
}
