# Debian packages: only what is missing, from one list. Sourced by ./run.

# The packages of these sections of tools/packages.txt.
packages_of() {
  awk -v wanted=" $* " '
    { sub(/#.*/, "") }
    /^\[.*\]/ { gsub(/[][ \t]/, ""); on = index(wanted, " " $0 " "); next }
    on && NF { print $1 }' tools/packages.txt
}

missing_packages() {
  local package
  for package in $(packages_of "$@"); do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      echo "$package"
    fi
  done
}

# packages SECTION…: installs what is missing, says so first.
packages() {
  local missing
  if [ -n "${TEGULA_SKIP_PACKAGES:-}" ]; then return 0; fi
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "not a Debian system: nothing is installed; tools/packages.txt lists what is needed"
    return 0
  fi
  missing=$(missing_packages "$@" | sort -u | tr '\n' ' ')
  if [ -z "$missing" ]; then return 0; fi
  say "installing Debian packages: $missing"
  STEPS_ALL=$((STEPS_ALL + 1))
  # shellcheck disable=SC2086
  must step "installing packages (a minute or two)" install_packages $missing
}

install_packages() {
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      die "packages are missing, and there is neither root nor sudo to install them" \
        "as root: apt-get install $*"
    as_root=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get install -y --no-install-recommends "$@" && return 0
  # The lists may be missing or old.
  "${as_root[@]}" apt-get update
  "${as_root[@]}" apt-get install -y --no-install-recommends "$@"
}
