import { expect, it } from 'vitest';
import { stackLines } from './stack-trace.ts';

const kinds = (stack: string) => stackLines(stack).map(({ kind }) => kind);

it('distinguishes places in the application from those in libraries, in V8', () => {
  expect(
    kinds(
      'PaymentError: declined\n    at charge (/srv/src/charge.ts:4:1)\n    at Client.query (/srv/node_modules/pg/client.js:5:2)\n    at node:internal/process/task_queues:95:5\n',
    ),
  ).toEqual(['message', 'own', 'foreign', 'foreign']);
});

it('knows causes of Java and files of Python', () => {
  expect(
    kinds(
      'Caused by: x\n\tat com.shop.Pay.run(Pay.java:1)\n\tat java.lang.Thread.run(Thread.java:2)\n\t... 4 more',
    ),
  ).toEqual(['message', 'own', 'foreign', 'foreign']);
  expect(
    kinds('  File "/srv/app.py", line 3, in pay\n  File "/lib/site-packages/x.py", line 1, in y'),
  ).toEqual(['own', 'foreign']);
});
