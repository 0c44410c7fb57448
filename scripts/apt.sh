# Sourced by scripts that need Debian packages, after sections.sh: with_apt PACKAGE... installs what is missing.

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "Installing packages needs root, and there is no sudo. Run as root:" "  apt-get install ${missing[*]}"
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@"
}

install_missing() {
    # A failed update is no failure yet: the present lists may be enough, and one broken source among many is common.
    apt_get update || echo "apt-get update failed; continuing with the present package lists." >&2
    apt_get install --no-install-recommends "${missing[@]}"
}

with_apt() {
    missing=()
    local package
    for package in "$@"; do
        case "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" in
            installed) ;;
            *) missing+=("$package") ;;
        esac
    done
    [ "${#missing[@]}" = 0 ] && return 0
    echo "Installing: ${missing[*]}"
    # An update does not wait for another one's lock, as an installation does, and a mirror may be changing.
    retry install_missing || fail \
        "apt-get could not install: ${missing[*]}" \
        "Its message is above. Ubuntu has Chromium only as a snap; the tests need a Debian package of it."
}
