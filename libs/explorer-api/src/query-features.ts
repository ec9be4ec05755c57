/** The values of `has:`. */
export const QUERY_FEATURES = ['links', 'backlinks', 'errors', 'events', 'logs', 'dropped'] as const;
export type QueryFeature = (typeof QUERY_FEATURES)[number];
