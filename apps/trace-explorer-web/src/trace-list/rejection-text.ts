import type { RequestRejections } from '@span-links/explorer-api';
import { formatClock, zoneName } from '../time/instant.ts';
import { timeZone } from '../time/time-zone.ts';

/** For example "45 requests rejected: unsupported encoding". */
export function rejectionHeadline({ count, title }: RequestRejections): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'request' : 'requests'} rejected: ${title}`;
}

/** The sender and the time of the last one. */
export function rejectionFacts({ lastTime, last }: RequestRejections): string {
  const date = new Date(lastTime);
  const time = `${formatClock(date)} ${zoneName(timeZone(), date)}`;
  const from = last.service === null ? '' : `service ${last.service}, `;
  const by = last.userAgent === null ? '' : `, ${last.userAgent}`;
  return `The last at ${time} from ${from}${last.sender}${by}; answered with ${last.protocol === 'grpc' ? 'gRPC' : 'HTTP'} ${last.status}`;
}

/** The time of the newest rejection. ISO 8601 in UTC sorts as text. */
export function newestRejection(rejections: readonly RequestRejections[]): string {
  return rejections.reduce((newest, { lastTime }) => (lastTime > newest ? lastTime : newest), '');
}
