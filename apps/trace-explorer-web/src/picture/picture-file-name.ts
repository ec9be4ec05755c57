/**
 * `link-graph-process-batch-4bf92f35.svg`: the kind of picture and the trace, in letters that every
 * file system accepts.
 */
export function pictureFileName(kind: string, name: string, traceId: string, ending: 'svg' | 'png'): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${[kind, plain, traceId.slice(0, 8)].filter(Boolean).join('-')}.${ending}`;
}
