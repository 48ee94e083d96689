# What a bare machine lacks, and how it gets it. Sourced by up and check; wants bash.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

missing=()

# lacking PACKAGES COMMAND..: notes the packages unless the command succeeds
lacking() {
  local packages=$1
  shift
  # shellcheck disable=SC2206 # several packages in one word are meant to split
  "$@" >/dev/null 2>&1 || missing+=($packages)
}

has_postgresql() {
  local folder
  for folder in "${PG_BIN:-}" /usr/lib/postgresql/*/bin; do
    [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ] && return 0
  done
  has postgres && has initdb
}

has_chromium() { has chromium || has chromium-browser || has google-chrome; }

# What building and running the program needs. A server of one's own spares PostgreSQL.
lacking_for_the_program() {
  lacking build-essential has cc
  lacking ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
  [ -n "${DATABASE_URL:-}" ] || lacking postgresql has_postgresql
}

lacking_for_the_browser() {
  lacking chromium has_chromium
  lacking fonts-dejavu-core test -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
  lacking nodejs has node
  lacking npm has npm
}

# Installs what was noted with Debian's packages; does nothing when nothing was.
install_missing() {
  [ "${#missing[@]}" -gt 0 ] || return 0
  local as_root=()
  has apt-get || fail "please install what this machine lacks: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || fail "please install as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${missing[*]} (a minute or two, once) ..."
  apt_get "${as_root[@]}" -- update
  apt_get "${as_root[@]}" -- install --yes --no-install-recommends "${missing[@]}"
  missing=()
  say "Installed."
}

# apt_get [sudo] -- ARGUMENTS..: quiet unless it fails
apt_get() {
  local before=() log
  while [ "$1" != -- ]; do before+=("$1"); shift; done
  shift
  log=$(mktemp)
  if ! "${before[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q \
    -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "apt-get $1 failed; its last words are above"
  fi
  rm -f "$log"
}

# Finds the Rust tools, also where rustup puts them before the next login.
need_rust() {
  has cargo || PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  has cargo || fail "cargo is not installed: install Rust $(wanted_rust) or newer with rustup"
}

wanted_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }
