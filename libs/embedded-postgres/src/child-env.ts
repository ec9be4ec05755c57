/**
 * The whole environment of every process started here. It is fixed, because the starter's environment could break it:
 * NODE_OPTIONS would load the app's tracing into the guardian, PG* variables would redirect Postgres, and a locale
 * would translate the messages that this library matches.
 */
export const CHILD_ENV: NodeJS.ProcessEnv = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};
