/**
 * The whole environment of every process started here. A fixed one, because the starter's could break it: NODE_OPTIONS
 * would load the app's tracing into the guardian, PG* variables would redirect Postgres, a locale would translate
 * the messages that are matched on.
 */
export const CHILD_ENV: NodeJS.ProcessEnv = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};
