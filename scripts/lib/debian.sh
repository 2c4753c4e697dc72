# shellcheck shell=bash
# Programs that this machine's Debian does not have yet and a later one does: unpacked
# beside Lango's other tools, so that nothing of the system changes.
# Needs say.sh, paths.sh and require.sh.

# debian_package_folder SUITE PACKAGE: where its files are, from the root on.
debian_package_folder() { printf '%s/debian-%s/%s' "$LANGO_TOOLS" "$1" "$2"; }

# Fails when the package cannot be had.
ensure_debian_package() {
  local suite=$1 package=$2
  [[ -d $(debian_package_folder "$suite" "$package") ]] && return
  have apt-get && have dpkg-deb || return 1
  # Some machines do not reach that suite: the caller decides what then.
  (step "Unpacking $package of Debian $suite" unpack_debian_package "$suite" "$package")
}

# With lists of its own, from the mirror that this machine's apt uses; what comes is
# held to the archive's keys like any package.
unpack_debian_package() {
  local suite=$1 package=$2 work mirror folder options
  folder=$(debian_package_folder "$suite" "$package")
  work=$(mktemp -d)
  mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$(dirname "$folder")"
  mirror=$(apt-get indextargets --format "\$(SITE)" | head -n 1)
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
    "$mirror" "$suite" >"$work/sources.list"
  options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=-
    -o "Dir::State=$work/state" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=)
  apt-get "${options[@]}" update &&
    (cd "$work" && apt-get "${options[@]}" download "$package") &&
    dpkg-deb --extract "$work/$package"_*.deb "$work/files" &&
    mv "$work/files" "$folder"
  local outcome=$?
  rm -rf "$work"
  return "$outcome"
}
