import type { Scenario } from '../../exercise.ts';
import { MeetingFulfilment, type Fulfilment } from '../../shop/fulfilment.ts';
import type { Order } from '../../shop/orders-table.ts';
import { outcomeOf, type CallOutcome } from '../outcome.ts';

interface Code {
  readonly shipOrder: (order: Order, work: Fulfilment) => Promise<void>;
}

export interface Facts {
  readonly outcome: CallOutcome;
  readonly atOnce: number;
}

/** One order starts four operations. Its payment is refused. */
export const scenario: Scenario<Code> = {
  needs: ['shipOrder'],
  async play({ shipOrder }, { file }): Promise<Facts> {
    const work = new MeetingFulfilment();
    const outcome = await outcomeOf(file, () => shipOrder({ id: 'order-1', totalCents: 1_300 }, work));
    return { outcome, atOnce: work.atOnce };
  },
};
