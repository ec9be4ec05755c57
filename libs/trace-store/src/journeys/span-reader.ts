import type pg from 'pg';
import { readSql } from '../sql.ts';
import { itemNames } from './item-name.ts';
import { SPAN_KIND, type JourneyLink, type JourneySpan } from './journey-span.ts';

/** The source of the engine's spans. */
export interface JourneySpanReader {
  /**
   * Stored spans of the traces, with their links. For very large traces, only the spans that matter
   * to journeys.
   */
  spansOf(traceIds: readonly string[]): Promise<JourneySpan[]>;
  /** The traces that link to some of these traces. */
  tracesLinkingTo(traceIds: readonly string[]): Promise<string[]>;
}

interface SpanRow {
  readonly id: string;
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly operation: number;
  readonly start_ns: string;
  readonly duration_ns: string;
  readonly status: number;
  readonly link_count: number;
  readonly message: string | null;
  readonly attributes: Readonly<Record<string, unknown>> | null;
}

interface LinkRow {
  readonly src: string;
  readonly trace_id: string;
  readonly span_id: string;
  readonly relation: string | null;
  readonly message_id: string | null;
}

export interface OperationRow {
  readonly id: number;
  readonly service: string;
  readonly name: string;
  readonly kind: number;
}

const SQL = {
  spans: readSql('journeys/spans'),
  links: readSql('journeys/links'),
  operations: readSql('journeys/operations'),
  linkingTraces: readSql('journeys/linking-traces'),
};
const MOST_SPANS_OF_A_TRACE = 10_000;
const TRACES_AT_ONCE = 500;
const KNOWN_OPERATIONS = 20_000;

/** Reads from the tables of spans and links. */
export class TableSpanReader implements JourneySpanReader {
  readonly #client: Pick<pg.ClientBase, 'query'>;
  readonly #operations: Map<number, OperationRow>;

  /**
   * @param operations that are known so far. The caller may keep them because an operation's id
   * never changes.
   */
  constructor(client: Pick<pg.ClientBase, 'query'>, operations = new Map<number, OperationRow>()) {
    this.#client = client;
    this.#operations = operations;
  }

  async spansOf(traceIds: readonly string[]): Promise<JourneySpan[]> {
    const spans: JourneySpan[] = [];
    for (let from = 0; from < traceIds.length; from += TRACES_AT_ONCE)
      spans.push(...(await this.#spansOf(traceIds.slice(from, from + TRACES_AT_ONCE))));
    return spans;
  }

  async tracesLinkingTo(traceIds: readonly string[]): Promise<string[]> {
    if (traceIds.length === 0) return [];
    const { rows } = await this.#client.query<{ trace_id: string }>(SQL.linkingTraces, [traceIds]);
    return rows.map(({ trace_id }) => trace_id);
  }

  async #spansOf(traceIds: readonly string[]): Promise<JourneySpan[]> {
    const { rows } = await this.#client.query<SpanRow>(SQL.spans, [traceIds, MOST_SPANS_OF_A_TRACE]);
    const links = await this.#links(rows.filter(({ link_count }) => link_count > 0));
    await this.#learnOperations(rows);
    return rows.map((row) => this.#span(row, links.get(row.id) ?? []));
  }

  #span(row: SpanRow, links: readonly JourneyLink[]): JourneySpan {
    const { service = '', name = '', kind = 0 } = this.#operations.get(row.operation) ?? {};
    const startNs = BigInt(row.start_ns);
    const { attributes } = row;
    return {
      traceId: row.trace_id,
      spanId: row.span_id,
      parentSpanId: row.parent_span_id,
      service,
      operation: name,
      kind,
      startNs,
      endNs: startNs + BigInt(row.duration_ns),
      isError: row.status === 2,
      message: row.message ?? '',
      httpStatus: kind === SPAN_KIND.server && attributes ? httpStatus(attributes) : undefined,
      names: attributes ? itemNames(attributes) : undefined,
      links,
    };
  }

  async #links(spans: readonly SpanRow[]): Promise<Map<string, JourneyLink[]>> {
    const links = new Map<string, JourneyLink[]>();
    if (spans.length === 0) return links;
    const { rows } = await this.#client.query<LinkRow>(SQL.links, [spans.map(({ id }) => id)]);
    for (const { src, trace_id, span_id, relation, message_id } of rows) {
      const link = {
        traceId: trace_id,
        spanId: span_id,
        relation: relation ?? undefined,
        messageId: message_id ?? undefined,
      };
      const known = links.get(src);
      if (known) known.push(link);
      else links.set(src, [link]);
    }
    return links;
  }

  async #learnOperations(rows: readonly SpanRow[]): Promise<void> {
    const unknown = [...new Set(rows.map(({ operation }) => operation))].filter(
      (id) => !this.#operations.has(id),
    );
    if (unknown.length === 0) return;
    if (this.#operations.size > KNOWN_OPERATIONS) this.#operations.clear();
    const ids = this.#operations.size === 0 ? [...new Set(rows.map(({ operation }) => operation))] : unknown;
    const found = await this.#client.query<OperationRow>(SQL.operations, [ids]);
    for (const row of found.rows) this.#operations.set(row.id, row);
  }
}

function httpStatus(attributes: Readonly<Record<string, unknown>>): number | undefined {
  const status = attributes['http.response.status_code'] ?? attributes['http.status_code'];
  return typeof status === 'number' ? status : undefined;
}
