# shellcheck shell=bash
# The official MCP clients and servers that tests and measurements use.
# Needs say.sh, paths.sh, stamp.sh, require.sh and debian.sh.

prepare_clients() {
  prepare_npm_clients
  prepare_python_clients
}

prepare_npm_clients() {
  local digest stamp=$LANGO_ROOT/tests/clients/node_modules/.stamp
  digest=$(digest_of npm tests/clients/package-lock.json)
  stamp_is "$stamp" "$digest" && return
  step "Installing the MCP clients of npm" npm ci --prefix tests/clients --ignore-scripts --no-audit --no-fund
  printf '%s\n' "$digest" >"$stamp"
}

prepare_python_clients() {
  local digest stamp=$LANGO_ROOT/tests/clients/.venv/.stamp
  digest=$(digest_of python tests/clients/requirements.txt)
  stamp_is "$stamp" "$digest" && return
  have python3 || fail "Lango's tests need Python 3: install it and start again."
  step "Installing the MCP client of PyPI" install_python_client
  printf '%s\n' "$digest" >"$stamp"
}

install_python_client() {
  rm -rf tests/clients/.venv
  python3 -m venv tests/clients/.venv
  tests/clients/.venv/bin/pip install --quiet --requirement tests/clients/requirements.txt
}

# With it a test's programs find a name where the test says: to show that a public
# name cannot lead inside a network.
prepare_name_wrapper() {
  # By env: the shell's own `true` loads nothing.
  if ! env LD_PRELOAD=libnss_wrapper.so true 2>&1 | grep -q .; then
    return
  fi
  step "Installing libnss-wrapper" install_system_package libnss-wrapper
}

# The receiver of a tenant's audit log over TLS.
prepare_rsyslog() {
  have rsyslogd && [[ -n $(find /usr/lib -name lmnsd_gtls.so -print -quit 2>/dev/null) ]] && return
  step "Installing rsyslog" install_system_package rsyslog
  step "Installing rsyslog-gnutls" install_system_package rsyslog-gnutls
}

# A witness of logs that others wrote. Where it cannot be had, its test passes by itself;
# another one holds the log to the specification all the same.
prepare_litewitness() {
  if ensure_debian_package sid torchwood; then
    LANGO_LITEWITNESS=$(debian_package_folder sid torchwood)/usr/bin
    export LANGO_LITEWITNESS
  fi
  have ssh-agent || step "Installing openssh-client" install_system_package openssh-client
}

# The browser in which a person consents.
prepare_browser() {
  have chromium || have google-chrome || [[ -n ${LANGO_CHROMIUM:-} ]] ||
    step "Installing Chromium" install_system_package chromium
}

# Needs root, as packages of the system do.
install_system_package() {
  have apt-get || fail "Lango's tests need $1: install it and start again."
  apt-get update -qq && apt-get install -y -qq "$1"
}
