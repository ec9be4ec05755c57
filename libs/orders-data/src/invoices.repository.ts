import type { TraceCarrier } from '@span-links/tracing';
import type { DataSource, EntityManager } from 'typeorm';
import { Invoice } from './invoice.entity.ts';

/** A new invoice. */
export interface NewInvoice {
  readonly orderId: string;
  readonly customerId: string;
  readonly currency: string;
  readonly totalCents: number;
  /** The carrier of the span that issues it. */
  readonly traceContext: TraceCarrier | undefined;
}

const ISSUE = `
  INSERT INTO invoices (order_id, customer_id, currency, total_cents, trace_context)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[])
  ON CONFLICT DO NOTHING RETURNING order_id AS "orderId"`;

export class InvoicesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Issues invoices in one statement.
   *
   * @returns the ids of the newly invoiced orders. The others already had an invoice.
   */
  async issue(
    invoices: readonly NewInvoice[],
    manager: Pick<EntityManager, 'query'> = this.dataSource,
  ): Promise<ReadonlySet<string>> {
    if (invoices.length === 0) return new Set();
    const issued = await manager.query<{ orderId: string }[]>(ISSUE, [
      invoices.map(({ orderId }) => orderId),
      invoices.map(({ customerId }) => customerId),
      invoices.map(({ currency }) => currency),
      invoices.map(({ totalCents }) => totalCents),
      invoices.map(({ traceContext }) => (traceContext ? JSON.stringify(traceContext) : null)),
    ]);
    return new Set(issued.map(({ orderId }) => orderId));
  }

  async find(orderId: string): Promise<Invoice | null> {
    return this.dataSource.manager.findOneBy(Invoice, { orderId });
  }
}
