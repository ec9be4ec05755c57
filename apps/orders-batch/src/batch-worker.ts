import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { openOrdersDatabase, OrderQueue, RunsRepository, type OrdersDatabase } from '@span-links/orders-data';
import { errorText, type ServiceLogger } from '@span-links/service-shell';
import { BatchProcessor, type BatchResult } from './batch.processor.ts';
import { BatchRunner } from './batch.runner.ts';
import type { BatchConfig } from './config.ts';

/** The parts of a worker, connected to an open database. */
export interface BatchWorker {
  readonly database: OrdersDatabase;
  readonly runs: RunsRepository;
  readonly runner: BatchRunner;
}

/** Opens the database and builds the worker, for the service and the run-once command. */
export async function openBatchWorker(
  config: BatchConfig,
  log: ServiceLogger,
  onLost: (reason: string) => void = (reason) => log.error(reason),
): Promise<BatchWorker> {
  const database = await openOrdersDatabase({
    url: config.databaseUrl,
    embeddedDir: config.embeddedPostgresDir,
    applicationName: 'orders-batch',
    poolSize: config.databasePoolSize,
    connectTimeoutMs: config.databaseConnectTimeoutMs,
    onProgress: (line) => log.log(line),
    onTrouble: (line) => log.warn(line),
    onError: (sentence) => log.error(sentence),
    onLost,
  });
  const queue = new OrderQueue(database.dataSource);
  const runs = new RunsRepository(database.dataSource);
  const options = {
    worker: `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`,
    size: config.batchSize,
    leaseMs: config.batchLeaseMs,
    maxAttempts: config.batchMaxAttempts,
  };
  const processor = new BatchProcessor(queue, options);
  const runner = new BatchRunner(queue, runs, processor, options, {
    batchDone: (result) => log.log(lineOf(result)),
    ordersParked: (count) =>
      log.error(`gave up ${count} orders: no attempt is left, and the last one never ended`),
    runFailed: (error) => log.error(`the run broke off: ${errorText(error)}`),
  });
  return { database, runs, runner };
}

function lineOf(result: BatchResult): string {
  const { size, links, linksMissing, reconciled, discrepancies, traceId, durationMs } = result;
  const missing = linksMissing === 0 ? '' : ` (${linksMissing} missing)`;
  return (
    `process-batch  size ${size}  links ${links}${missing}  trace ${traceId}  ` +
    `${reconciled} reconciled, ${discrepancies} discrepancies, ${durationMs} ms`
  );
}
