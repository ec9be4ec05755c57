import { parser } from '@grafana/lezer-traceql';

/** The fields with a colon in Tempo 3.1, from its page "Construct a TraceQL query". The fields of links need 2.6 or later. */
const INTRINSICS = new Set(
  [
    'span:status span:statusMessage span:duration span:name span:kind span:id span:parentID span:childCount',
    'trace:duration trace:rootName trace:rootService trace:id event:name event:timeSinceStart',
    'link:spanID link:traceID instrumentation:name instrumentation:version',
  ].flatMap((line) => line.split(' ')),
);

/** Returns the problems of a query, by the grammar of Grafana's editor. */
export function traceqlProblems(query: string): string[] {
  const errors: string[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) errors.push(`at ${from}: ${query.slice(from, Math.max(to, from + 12))}`);
    },
  });
  const unknown = [...withoutStrings(query).matchAll(/\b[a-z]+:\w+/gi)]
    .map(([name]) => name)
    .filter((name) => !INTRINSICS.has(name))
    .map((name) => `${name} is no field`);
  return [...errors, ...unknown];
}

function withoutStrings(query: string): string {
  return query.replace(/"[^"]*"/g, '""');
}
