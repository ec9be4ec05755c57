// Posts orders as fast as they are answered: node load.mjs <url> <seconds> <connections>. Sends its result to the parent.
import autocannon from 'autocannon';

const [, , url, duration, connections] = process.argv;
const body = JSON.stringify({
  customerId: 'customer-7',
  currency: 'EUR',
  items: [
    { sku: 'ESPRESSO-1KG', quantity: 2, unitPriceCents: 1890 },
    { sku: 'FILTER-PAPER-100', quantity: 1, unitPriceCents: 450 },
  ],
  totalCents: 4230,
});
const result = await autocannon({
  url: `${url}/orders`,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body,
  duration: Number(duration),
  connections: Number(connections),
});
process.send({
  requests: result['2xx'],
  duration: result.duration,
  non2xx: result.non2xx,
  errors: result.errors + result.timeouts,
});
process.disconnect();
