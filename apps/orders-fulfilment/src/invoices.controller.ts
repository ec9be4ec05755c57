import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { InvoicesRepository } from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';
import { parseCarrier } from '@span-links/tracing';
import { isOrderId } from './order-id.ts';

/** The invoice of an order. */
export class InvoiceView {
  @ApiProperty({ format: 'uuid' })
  orderId!: string;

  @ApiProperty()
  customerId!: string;

  @ApiProperty({ example: 'EUR' })
  currency!: string;

  @ApiProperty({ example: 3998, description: 'In hundredths of the currency, from the items of the order.' })
  totalCents!: number;

  @ApiProperty({ format: 'date-time' })
  issuedAt!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The trace that issued the invoice, 32 hex digits.',
  })
  traceId!: string | null;
}

@ApiTags('invoices')
@Controller('invoices')
export class InvoicesController {
  constructor(private readonly invoices: InvoicesRepository) {}

  @Get(':orderId')
  @ApiOperation({ summary: 'Show the invoice of an order.' })
  @ApiParam({ name: 'orderId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: InvoiceView })
  @ApiResponse({
    status: 404,
    description: 'The order is not known, or its message has not been handled yet.',
  })
  async show(@Param('orderId') orderId: string): Promise<InvoiceView> {
    const invoice = isOrderId(orderId) ? await this.invoices.find(orderId) : null;
    if (!invoice) throw new ProblemException({ status: 404, detail: 'There is no invoice of this order.' });
    const { customerId, currency, totalCents, issuedAt, traceContext } = invoice;
    return {
      orderId: invoice.orderId,
      customerId,
      currency,
      totalCents,
      issuedAt: issuedAt.toISOString(),
      traceId: parseCarrier(traceContext).spanContext?.traceId ?? null,
    };
  }
}
