#!/usr/bin/env bash
# Replaces the entry point of the official image. If the data folder is empty, it creates a cluster with the user, the password and the
# database from the environment. Then it starts the server. The compose files here need nothing else of the official one.
set -euo pipefail
[ "${1:-}" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /run/postgresql
  chown -R postgres:postgres "$PGDATA" /run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  initdb --username="$user" --pwfile=<(printf '%s' "${POSTGRES_PASSWORD:?has to be set}") \
    --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  # Listens only on its socket during the set-up, like the official one. So a connection over TCP finds the finished database.
  pg_ctl --wait --silent -o "-c listen_addresses=''" start >/dev/null
  psql --quiet --username="$user" --dbname=postgres --set=name="${POSTGRES_DB:-$user}" <<<'CREATE DATABASE :"name"'
  pg_ctl --wait --silent --mode=fast stop >/dev/null
fi
exec "$@"
