#!/usr/bin/env bash
# usage: engine.sh FOLDER
#
# Starts its own Docker engine in FOLDER, prints "ready" and runs until its standard input ends. Then it takes everything down.
# So the engine never outlives the process that started it, even if that process is killed.
#
# For machines without an engine and without an image registry. Needs root on Debian 12 and access to its package archive. It installs
# docker.io and mmdebstrap. Debian 12 lacks compose and buildx or has old versions, so it unpacks those of Debian 13.
set -euo pipefail
folder=$1
tools=$folder/tools
mkdir -p "$folder" "$tools" "$folder/config/cli-plugins"
export PATH=$PATH:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive
say() { printf '%s\n' "$*"; }
fail() { printf 'failed: %s\n' "$*"; exit 1; }

. /etc/os-release
[ "$(id -u)" = 0 ] && [ "${ID:-}" = debian ] ||
  fail 'no Docker engine answers (docker info), and one of its own can be brought up on Debian as root only'

exec 9>"$folder/lock"
flock --nonblock 9 || fail "another run uses $folder"

# --- tools

# Prevents packages from starting services during installation. Otherwise docker.io would start a system-wide engine.
without_services() {
  local policy=/usr/sbin/policy-rc.d made=
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; made=yes; }
  local status=0
  "$@" || status=$?
  [ -z "$made" ] || rm -f "$policy"
  return "$status"
}

missing=()
for package in docker.io mmdebstrap; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  say "installing ${missing[*]}"
  { apt-get update -qq && without_services apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >"$folder/apt.log" 2>&1 || { tail -5 "$folder/apt.log"; fail "apt-get could not install ${missing[*]}"; }
fi

. "$(dirname "$0")/debian-archive.sh"
archive=$(debian_archive) || fail 'apt is not told of any archive of packages'
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ ! -x "$tools/docker-compose" ]; then
  say 'unpacking compose and buildx'
  apt=$(mktemp -d "$folder/apt.XXXXXX")
  mkdir -p "$apt"/{lists/partial,archives/partial,root}
  echo "deb [signed-by=$keyring] $archive trixie main" >"$apt/sources.list"
  options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root)
  (
    apt-get "${options[@]}" update
    cd "$apt" && apt-get "${options[@]}" download docker-compose docker-buildx
    for file in ./*.deb; do dpkg-deb -x "$file" root; done
  ) >>"$folder/apt.log" 2>&1 || { tail -5 "$folder/apt.log"; fail 'compose and buildx could not be had from Debian 13'; }
  cp "$apt"/root/usr/libexec/docker/cli-plugins/docker-{buildx,compose} "$tools/"
  rm -rf "$apt"
fi
ln -sf "$tools"/docker-{compose,buildx} "$folder/config/cli-plugins/"

# --- engine

export DOCKER_HOST=unix://$folder/docker.sock
pid_file=$folder/dockerd.pid
forwarding=$(cat /proc/sys/net/ipv4/ip_forward)
bridges() { ip -o link show type bridge | awk -F': ' '{ print $2 }' | sort; }
bridges_before=$(bridges)
engine=

# Keeps only images and build results. Otherwise the engine would restart containers that a killed run left over.
empty() {
  docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
  docker volume ls --quiet | xargs --no-run-if-empty docker volume rm --force >/dev/null
  docker network prune --force >/dev/null
  rm -rf "$folder"/run.*
}

# Also removes mounts, which would prevent the folder from being deleted, and bridges, which would continue to route.
take_down() {
  trap - EXIT INT TERM
  set +e
  if [ -n "$engine" ]; then
    timeout 60 docker version >/dev/null 2>&1 && empty
    kill "$engine" 2>/dev/null
    for _ in $(seq 150); do kill -0 "$engine" 2>/dev/null || break; sleep 0.2; done
    kill -9 "$engine" 2>/dev/null
    wait "$engine" 2>/dev/null
  fi
  awk -v under="$folder/" 'index($2, under) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r point; do
    umount "$point" 2>/dev/null || umount -l "$point"
  done
  comm -13 <(echo "$bridges_before") <(bridges) | grep -E '^(docker0|br-[0-9a-f]{12})$' | while read -r bridge; do
    ip link delete "$bridge"
  done
  echo "$forwarding" >/proc/sys/net/ipv4/ip_forward
  rm -f "$pid_file" "$folder/docker.sock"
}

# Takes down an engine that a killed run left over. In that run this script was also killed.
if [ -s "$pid_file" ] && [ "$(cat "/proc/$(cat "$pid_file")/comm" 2>/dev/null)" = dockerd ]; then
  engine=$(cat "$pid_file")
  take_down
  engine=
fi
trap take_down EXIT
trap 'exit 1' INT TERM

# Containers have no access to the network outside, because nothing needs it and the firewall must not change. Published ports use the proxy.
dockerd --iptables=false --ip6tables=false --ip-forward=false --data-root "$folder/data" --exec-root "$folder/exec" \
  --pidfile "$pid_file" --host "$DOCKER_HOST" </dev/null >"$folder/dockerd.log" 2>&1 9>&- &
engine=$!
for _ in $(seq 120); do
  docker version >/dev/null 2>&1 && break
  kill -0 "$engine" 2>/dev/null || { tail -5 "$folder/dockerd.log"; fail "the engine did not start; see $folder/dockerd.log"; }
  sleep 0.25
done
docker version >/dev/null 2>&1 || fail "the engine does not answer; see $folder/dockerd.log"
empty
say ready

# Runs until the starter is gone. `read` is a builtin: with another command, bash would handle a signal only after its end.
while read -r _; do :; done
