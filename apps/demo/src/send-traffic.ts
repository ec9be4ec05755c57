import { once } from 'node:events';
import { runCommand } from '@span-links/service-shell';
import { untilReady } from './api-readiness.ts';
import { trafficConfig, trafficConfigHelp } from './config.ts';
import { sendTraffic, tellTally } from './traffic.ts';

// Runs only the traffic of the demo, for an orders-api that runs elsewhere.
await runCommand({
  name: 'traffic',
  config: trafficConfig,
  configHelp: trafficConfigHelp,
  run: async (signal, { ordersApiUrl, ordersPerSecond }, log) => {
    await untilReady(ordersApiUrl, signal, () => log.log(`waiting for orders-api at ${ordersApiUrl}`));
    if (!signal.aborted) log.log(`${ordersPerSecond} orders/s on average go to ${ordersApiUrl}`);
    const tally = await sendTraffic({
      url: ordersApiUrl,
      ordersPerSecond,
      signal,
      onTrouble: (sentence) => log.warn(sentence),
    });
    // Without traffic it waits, because a supervisor would restart it again and again if it ended.
    if (!signal.aborted) await once(signal, 'abort');
    log.log(`stopped: ${tellTally(tally)}`);
    return 0;
  },
});
