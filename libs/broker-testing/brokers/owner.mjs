// A process that starts a broker and waits to be killed.
import { startBroker } from '../dist/index.js';

const broker = await startBroker('nats');
process.send({ port: broker.port });
setInterval(() => {}, 1_000);
