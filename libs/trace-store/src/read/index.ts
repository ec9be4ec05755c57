export type { LinkFilter } from './all-links.ts';
export type { AttributeOwner, Dependencies, ServicePair, StoreFigures } from './catalog.ts';
export type { FullSpan, FullTrace } from './full-trace.ts';
export type { GraphOptions } from './link-graph.ts';
export type { OwnLink } from './link-row.ts';
export { InvalidCursorError } from './page-cursor.ts';
export type { SearchedBack, SearchOptions } from './search.ts';
export type { LinksOptions } from './link-order.ts';
export { TraceReader } from './trace-reader.ts';
