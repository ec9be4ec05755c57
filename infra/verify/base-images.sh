#!/usr/bin/env bash
# usage: base-images.sh FOLDER stand-ins|pull IMAGE …
#
# Provides each IMAGE. If no registry can be reached and stand-ins are allowed, it builds an image with the same tag from Debian's and
# npm's packages: the same Node.js or Postgres, and the same user, entry point and folders, as far as this project uses them.
# Stand-ins are allowed only in our own engine, because a user's engine must not contain them under these names.
set -euo pipefail
folder=$1 mode=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian-archive.sh"
cache=$folder/roots
# A stand-in has a label with the checksum of these scripts, so that a change here builds it again.
label=span-links.stand-in
sum=$(cat "$here"/base-images.sh "$here"/stand-in-* | sha256sum | cut -d' ' -f1)
export PATH=$PATH:/usr/sbin:/sbin
# Debian 12's client would use the old builder, which does not support --chmod and the cache.
export DOCKER_BUILDKIT=1
say() { printf '%s\n' "$*"; }
fail() { printf 'failed: %s\n' "$*"; exit 1; }

# Imports a Debian with a few packages as an image with this name. Keeps its archive for the next run.
debian() {
  local name=$1 suite=$2 packages=$3 archive
  archive=$(debian_archive) || fail 'apt is not told of any archive of packages'
  mkdir -p "$cache"
  if [ ! -s "$cache/$name.tar" ]; then
    mmdebstrap --quiet --variant=minbase --include="$packages" --aptopt='APT::Sandbox::User "root"' \
      --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
      "$suite" "$cache/$name.part.tar" "$archive"
    mv "$cache/$name.part.tar" "$cache/$name.tar"
  fi
  docker import "$cache/$name.tar" "span-links-root-$name" >/dev/null
}

# node:24.21-bookworm-slim: the binary from npm's registry, npm itself, and the user 1000 of the image.
node_image() {
  local image=$1 version suite context
  version=${image#node:} suite=${image#*-} suite=${suite%%-*}
  version=${version%%-*}
  debian "$suite" "$suite" ca-certificates
  context=$(mktemp -d "$folder/node.XXXXXX")
  mkdir "$context/certificates" "$context/node"
  # A machine behind a proxy that inspects TLS has its own certificate authority. npm in the build must know it.
  cp /usr/local/share/ca-certificates/*.crt "$context/certificates/" 2>/dev/null || true
  (
    cd "$context"
    npm pack --silent "node-linux-$(node -p process.arch)@$version" npm@11 >/dev/null
    tar -xzf node-linux-*.tgz -C node --strip-components=1 && rm node-linux-*.tgz
    mkdir npm && tar -xzf npm-*.tgz -C npm --strip-components=1 && rm npm-*.tgz
  )
  cp "$here/stand-in-node.Dockerfile" "$context/Dockerfile"
  docker build --quiet --label "$label=$sum" --build-arg "ROOT=span-links-root-$suite" --tag "$image" "$context" >/dev/null
  rm -rf "$context"
}

# postgres:17.x: the newest 17 of Debian, with the parts of the official entry point that a compose project needs.
postgres_image() {
  local image=$1 major context
  major=${image#postgres:} major=${major%%[.-]*}
  debian "postgres-$major" trixie "postgresql-$major"
  context=$(mktemp -d "$folder/postgres.XXXXXX")
  cp "$here/stand-in-postgres.Dockerfile" "$context/Dockerfile"
  cp "$here/stand-in-postgres.sh" "$context/docker-entrypoint.sh"
  docker build --quiet --label "$label=$sum" --build-arg "ROOT=span-links-root-postgres-$major" --build-arg "MAJOR=$major" --tag "$image" "$context" >/dev/null
  rm -rf "$context"
}

stand_in() {
  case $1 in
    node:*) node_image "$1" ;;
    postgres:*) postgres_image "$1" ;;
    *) fail "$1 cannot be pulled, and there is no stand-in for it" ;;
  esac
}

is_there() {
  local made_by
  made_by=$(docker image inspect --format "{{ index .Config.Labels \"$label\" }}" "$1" 2>/dev/null) &&
    { [ -z "$made_by" ] || [ "$made_by" = "$sum" ]; }
}

for image; do
  if is_there "$image"; then
    say "$image is there"
  elif timeout 120 docker pull --quiet "$image" >"$folder/pull.log" 2>&1; then
    say "$image pulled"
  elif [ "$mode" = stand-ins ]; then
    stand_in "$image"
    say "$image is a stand-in, for no registry can be reached"
  else
    fail "$image cannot be pulled: $(tail -1 "$folder/pull.log")"
  fi
done
