import {
  JOURNEY_STATES,
  SPAN_KINDS,
  type JourneyPage,
  type JourneyStage,
  type JourneySummary,
  type JourneyUnit,
  type JourneyView,
} from '@span-links/explorer-api';
import { z } from 'zod';
import { count, spanId, traceId, unixNs } from './span-schemas.ts';

const durationNs = z.number().meta({ description: 'In ns.', example: 41_000_000 });
const message = z.string().nullable().meta({ example: 'the payment provider did not answer' });
const service = z.string().meta({ example: 'orders-batch' });
const operation = z.string().meta({ example: 'process-batch' });

export const journeyItem = z
  .strictObject({ key: z.string(), value: z.string() })
  .nullable()
  .meta({ description: 'The attribute that tells it apart.', example: { key: 'order.id', value: '42' } });

const stage: z.ZodType<JourneyStage> = z.strictObject({
  service,
  operation,
  traceId,
  spanId,
  count,
  failed: count,
  retried: count,
  sources: count.meta({ description: 'Sources of its unit: the size of a fan-in.' }),
  waitNs: durationNs,
  durationNs,
  ownNs: durationNs.nullable(),
  message,
});

export const journeySummary: z.ZodType<JourneySummary> = z.strictObject({
  journeyId: traceId.meta({ description: 'The trace that the journey begins with.' }),
  item: journeyItem,
  startTime: unixNs,
  totalNs: durationNs,
  workNs: durationNs,
  waitNs: durationNs,
  state: z.enum(JOURNEY_STATES),
  message,
  culprit: z.strictObject({ traceId, spanId }).nullable(),
  waitingFor: z
    .strictObject({
      service: service.nullable(),
      operation: operation.nullable(),
      after: z.strictObject({ service, operation }).nullable(),
      since: unixNs,
    })
    .nullable(),
  traceCount: count,
  path: z.array(stage),
  beside: z.array(stage),
});

export const journeyPage: z.ZodType<JourneyPage> = z.strictObject({
  journeys: z.array(journeySummary),
  nextCursor: z.string().nullable().meta({ description: 'Pass it as `cursor` for the next page.' }),
  searchedBackTo: unixNs.nullable(),
  hint: z.string().exactOptional(),
});

const unit: z.ZodType<JourneyUnit> = z.strictObject({
  traceId,
  spanId,
  parent: z.number().meta({ description: 'Place of the unit that it follows from; -1 at the head.' }),
  relation: z.string().nullable(),
  service,
  operation,
  kind: z.enum(SPAN_KINDS),
  startNs: durationNs,
  durationNs,
  waitNs: durationNs,
  ownNs: durationNs.nullable(),
  sources: count,
  spanCount: count,
  isOnPath: z.boolean(),
  isRetried: z.boolean(),
  hasFailed: z.boolean(),
  message,
  culpritSpanId: spanId.nullable(),
});

export const journeyView: z.ZodType<JourneyView> = z.strictObject({
  summary: journeySummary,
  units: z.array(unit),
  unitCount: count,
  memberOf: count,
});
