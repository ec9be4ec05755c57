// Requests of spans as the SDK's exporters encode them: traces of 5 to 10 spans with 8 to 10 attributes each, 14 % of them fan-ins with
// 7 or 8 links to earlier roots.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';

export const SPANS_PER_REQUEST = 512;
const FAN_IN_SHARE = 0.14;
const SERVICES = ['orders-api', 'orders-batch', 'payments', 'stock', 'shipping', 'mail'];
const resources = SERVICES.map((name) =>
  resourceFromAttributes({ 'service.name': name, 'service.version': '1.4.2' }),
);
const scope = { name: 'bench', version: '1.0.0' };
const SERIALIZERS = { protobuf: ProtobufTraceSerializer, json: JsonTraceSerializer };

const hex = (bytes) => randomBytes(bytes).toString('hex');
const contextOf = (traceId, spanId) => ({ traceId, spanId, traceFlags: 1 });
const messageId = (n) => `0190c3a2-7b9c-7e1e-8222-${String(n).padStart(12, '0')}`;

export class SpanMaker {
  made = 0;
  #roots = [];

  /** A request of 512 spans or a few more, packed. */
  request(encoding) {
    const spans = [];
    while (spans.length < SPANS_PER_REQUEST) spans.push(...this.#trace());
    return { spans: spans.length, body: pack(encoding, spans) };
  }

  /** One span that links to `count` roots made before, and to itself where there are none. */
  fanIn(encoding, count) {
    const traceId = hex(16);
    const spanId = hex(8);
    const links = Array.from({ length: count }, (_, n) => ({
      context: this.#roots[n % this.#roots.length] ?? contextOf(traceId, spanId),
      attributes: { 'messaging.message.id': messageId(n) },
    }));
    const span = this.#span(traceId, spanId, {
      name: `fan-in of ${count}`,
      links,
      attributes: { 'batch.size': count },
    });
    return { traceId, spanId, body: pack(encoding, [span]) };
  }

  /** A root that a fan-in leads to. */
  get root() {
    return this.#roots[0];
  }

  #trace() {
    const traceId = hex(16);
    const rootId = hex(8);
    const isFanIn = this.#roots.length > 100 && Math.random() < FAN_IN_SHARE;
    const spans = Array.from({ length: 5 + (this.made % 6) }, (_, i) => {
      const n = this.made++;
      if (i > 0) {
        const parent = contextOf(traceId, rootId);
        return this.#span(traceId, hex(8), {
          name: `operation-${(i * 7 + (n % 3)) % 20}`,
          parent,
          attributes: attributesOf(n),
        });
      }
      const links = isFanIn ? this.#links(n) : [];
      return this.#span(traceId, rootId, {
        name: isFanIn ? 'process-batch' : 'receive-order',
        links,
        attributes: attributesOf(n),
      });
    });
    this.#roots[this.#roots.length < 5_000 ? this.#roots.length : this.made % 5_000] = contextOf(
      traceId,
      rootId,
    );
    return spans;
  }

  #links(n) {
    return Array.from({ length: 7 + (n % 2) }, (_, i) => ({
      context: this.#roots[(n * 31 + i * 17) % this.#roots.length],
      attributes: { 'messaging.message.id': messageId(n + i) },
    }));
  }

  #span(traceId, spanId, { name, links = [], attributes, parent }) {
    const nowMs = Date.now();
    const startTime = [Math.floor(nowMs / 1_000), (nowMs % 1_000) * 1_000_000 + (this.made % 1_000_000)];
    const durationNs = 500_000 + (this.made % 977) * 1_000;
    return {
      name,
      kind: 1,
      spanContext: () => contextOf(traceId, spanId),
      parentSpanContext: parent,
      startTime,
      endTime: [startTime[0], startTime[1] + durationNs],
      duration: [0, durationNs],
      status: this.made % 50 === 0 ? { code: 2, message: 'it failed' } : { code: 0 },
      attributes,
      links,
      events: [],
      ended: true,
      resource: resources[this.made % SERVICES.length],
      instrumentationScope: scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  }
}

function pack(encoding, spans) {
  return gzipSync(SERIALIZERS[encoding].serializeRequest(spans), { level: 1 });
}

function attributesOf(n) {
  const all = {
    'http.request.method': n % 3 ? 'POST' : 'GET',
    'http.response.status_code': n % 50 ? 201 : 500,
    'http.route': '/orders/:id',
    'url.path': `/orders/${n}`,
    'order.id': messageId(n),
    'order.total': n * 1.07 + 0.005,
    'server.address': 'orders-api.internal',
    'server.port': 8080,
    'thread.id': n % 64,
    'order.first': n % 2 === 0,
  };
  return Object.fromEntries(Object.entries(all).slice(0, 8 + (n % 3)));
}
