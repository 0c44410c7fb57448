# Sourced by the scripts beside it: sections with elapsed time, retries, failures. Works in bash 3.2, which macOS ships.

section_title=""
section_started=0
section_report=""

# Ends the running section, if there is one, and prints how long it took.
section_end() {
    [ -n "$section_title" ] || return 0
    local took=$((SECONDS - section_started))
    section_report="${section_report}$(printf '  %-28s %4d s' "$section_title" "$took")
"
    printf -- '--- %s: %d s\n' "$section_title" "$took"
    section_title=""
}

# section TITLE: ends the section before it and opens a new one.
section() {
    section_end
    section_title="$1"
    section_started=$SECONDS
    printf '\n=== %s\n' "$1"
}

# retry COMMAND...: up to four attempts, 5, 15 and 45 s apart, for commands that need a network or another program's lock.
retry() {
    local pause=5
    until "$@"; do
        [ "$pause" -le 45 ] || return 1
        echo "Failed; next attempt in $pause s: $*" >&2
        sleep "$pause"
        pause=$((pause * 3))
    done
}

# fetch_packages FOLDER: fetches the Swift packages that it depends on, unless they are there: Package.resolved is written last.
fetch_packages() {
    [ -f "$1/Package.resolved" ] || retry swift package --package-path "$1" resolve
}

# fail MESSAGE...: prints each message on a line of standard error and ends the script with exit code 1.
fail() {
    printf '%s\n' "$@" >&2
    exit 1
}
