# shellcheck shell=bash
# Sourced by the other tools: installs what is missing of the distribution's packages, and nothing else.
# When all is there it asks dpkg once (about 15 ms) and prints nothing.

# What every build needs.
# shellcheck disable=SC2034 # read by who sources this
build_packages=(g++ cmake ninja-build pkg-config liburing-dev zlib1g-dev libbrotli-dev libcrypt-dev
    libcli11-dev catch2 ccache)

# setup PACKAGE...: these, and Boost 1.81 or newer.
setup() {
    local missing=() present package boost
    command -v apt-get >/dev/null || { setup_elsewhere "$@"; return; }

    # dpkg-query fails when one of them is unknown; what it prints is right all the same.
    present=$({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 'libboost1.*-dev' 2>/dev/null || true; } |
        sed -n 's/^installed //p')
    for package in "$@"; do
        grep -qxF "$package" <<<"$present" || missing+=("$package")
    done
    boost=$(newest_boost <<<"$present")
    [[ ${#missing[@]} -gt 0 || -z $boost ]] || return 0

    apt_update
    if [[ -z $boost ]]; then missing+=("$(boost_package)"); fi
    apt_install "${missing[@]}"
}

# setup_context: Boost.Context of the version that is used, for the green threads of tools/models. Behind setup.
setup_context() {
    local package
    command -v apt-get >/dev/null || return 0
    package=$({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'libboost1.*-dev' 2>/dev/null || true; } |
        sed -n 's/^installed //p' | newest_boost | sed 's/^libboost/libboost-context/')
    [[ -n $package && $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) != installed ]] || return 0
    apt_update
    apt_install "$package" || echo "without $package: the model 'green' is left out" >&2
}

# setup_clang: the newest tested clang that is here or can be installed; its name is exported as RINGLET_CLANG.
setup_clang() {
    local version versions=(19 20 21 18 17 16)
    for version in "${versions[@]}"; do
        RINGLET_CLANG=clang++-$version
        export RINGLET_CLANG
        if has_sanitizers "$RINGLET_CLANG"; then return; fi
    done
    if command -v apt-get >/dev/null; then
        apt_update
        for version in "${versions[@]}"; do
            [[ -n $(apt-cache search --names-only "^clang-$version\$") ]] || continue
            RINGLET_CLANG=clang++-$version
            apt_install "clang-$version" "libclang-rt-$version-dev"
            return
        done
    fi
    stop "needed and not to be had here: clang 16 or newer"
}

# Whether there is such a clang with its sanitizers and libFuzzer, which are a package of their own.
has_sanitizers() {
    command -v "$1" >/dev/null &&
        "$1" -x c++ -fsanitize=address,undefined,fuzzer -o /dev/null - 2>/dev/null \
            <<<'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }'
}

# The newest Boost package from 1.81 on among the package names on standard input.
newest_boost() {
    sed -nE 's/^(libboost1\.([0-9]+)-dev)$/\2 \1/p' | sort -n | awk '$1 >= 81 { name = $2 } END { print name }'
}

# libboost-dev where it is new enough (Debian 13, Ubuntu 24.04), else a numbered one (Debian 12).
boost_package() {
    local version numbered
    version=$(apt-cache show --no-all-versions libboost-dev 2>/dev/null | sed -n 's/^Version: //p')
    if dpkg --compare-versions "${version:-0}" lt 1.81; then
        numbered=$(apt-cache search --names-only '^libboost1\.[0-9]+-dev$' | cut -d' ' -f1 | newest_boost)
    fi
    echo "${numbered:-libboost-dev}"
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# An update that fails is no reason to stop: the lists at hand may do, and the installation tells.
apt_update() {
    if ((EUID == 0)) || command -v sudo >/dev/null; then
        as_root apt-get -qq -o DPkg::Lock::Timeout=300 update >/dev/null 2>&1 || true
    fi
}

apt_install() {
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        stop "needed, as root: apt-get update && apt-get install -y --no-install-recommends $*"
    fi
    echo "installing with apt-get: $*" >&2
    quietly as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# Without apt the names differ from one distribution to the next. CMake says what is too old.
setup_elsewhere() {
    local tool
    for tool in c++ cmake ninja pkg-config; do
        command -v "$tool" >/dev/null || stop "no apt-get here; install what Debian calls: $* libboost-dev"
    done
    pkg-config --exists liburing zlib libbrotlienc libcrypt ||
        stop "no apt-get here; install what Debian calls: $* libboost-dev"
}

# quietly COMMAND...: its output is shown only when it fails.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    if ((status != 0)); then cat "$log" >&2; fi
    rm -f "$log"
    return "$status"
}

# stop MESSAGE: nothing was started, the way out is in the message.
stop() {
    echo "$(basename "$0"): $1" >&2
    exit 2
}
