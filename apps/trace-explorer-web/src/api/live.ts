import type { LiveLogs, LiveTraces } from '@span-links/explorer-api';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { urlOf } from './client.ts';

export type LiveState = 'connecting' | 'live' | 'lost';

interface Reader {
  readonly onState: (state: LiveState) => void;
  readonly onTraces: ((event: LiveTraces) => void) | undefined;
  readonly onLogs: ((event: LiveLogs) => void) | undefined;
}

/**
 * The one connection of a page. Browsers allow six per server, so a few tabs with two each would
 * block each other.
 */
interface Connection {
  readonly readers: Set<Reader>;
  readonly source: EventSource;
  state: LiveState;
}

const connections = new WeakMap<QueryClient, Connection>();

/**
 * Follows the server's events: views of traces that changed, gained a link or gained log records are queried again. All
 * users of the hook share one connection per page; the browser reconnects by itself.
 */
export function useLive(
  onTraces?: (event: LiveTraces) => void,
  onLogs?: (event: LiveLogs) => void,
): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>(() => connections.get(client)?.state ?? 'connecting');
  useEffect(() => {
    const connection = connections.get(client) ?? connect(client);
    const reader = { onState: setState, onTraces, onLogs };
    connection.readers.add(reader);
    setState(connection.state);
    return () => {
      connection.readers.delete(reader);
      // A reader that subscribes in the same tick (another view, a changed callback) takes over the
      // connection.
      setTimeout(() => closeUnread(client, connection));
    };
  }, [client, onTraces, onLogs]);
  return state;
}

function connect(client: QueryClient): Connection {
  const connection: Connection = {
    readers: new Set(),
    source: new EventSource(urlOf('/live')),
    state: 'connecting',
  };
  connections.set(client, connection);
  const { source } = connection;
  let wasLost = false;
  source.onopen = () => {
    turn(connection, 'live');
    if (wasLost) catchUp(client, connection);
    wasLost = false;
  };
  source.onerror = () => {
    wasLost = true;
    turn(connection, 'lost');
  };
  source.addEventListener('traces', (message) => {
    const event = JSON.parse((message as MessageEvent<string>).data) as LiveTraces;
    const changed = new Set([...event.traces.map(({ traceId }) => traceId), ...event.linkedTraceIds]);
    void client.invalidateQueries({
      predicate: ({ queryKey: [kind, traceId] }) =>
        kind === 'trace' && (event.overflow || changed.has(String(traceId))),
    });
    for (const { onTraces } of [...connection.readers]) onTraces?.(event);
  });
  source.addEventListener('logs', (message) => {
    const event = JSON.parse((message as MessageEvent<string>).data) as LiveLogs;
    const changed = new Set(event.traceIds);
    // Log records stand at their span, and the search within a trace finds them.
    void client.invalidateQueries({
      predicate: ({ queryKey: [kind, traceId, part] }) =>
        kind === 'trace' &&
        (part === 'span' || part === 'find') &&
        (event.overflow || changed.has(String(traceId))),
    });
    for (const { onLogs } of [...connection.readers]) onLogs?.(event);
  });
  return connection;
}

/** Nobody was told about changes while the connection was lost. */
function catchUp(client: QueryClient, { readers }: Connection): void {
  // The lists of traces and log records query their first page and merge it. Querying all pages
  // again would move the visible rows.
  void client.invalidateQueries({
    predicate: ({ queryKey: [kind], state: { status } }) =>
      (kind !== 'traces' && kind !== 'logs') || status === 'error',
  });
  for (const { onTraces, onLogs } of [...readers]) {
    onTraces?.({ traces: [], linkedTraceIds: [], overflow: true });
    onLogs?.({ count: 0, traceIds: [], overflow: true });
  }
}

function turn(connection: Connection, state: LiveState): void {
  connection.state = state;
  for (const { onState } of connection.readers) onState(state);
}

function closeUnread(client: QueryClient, connection: Connection): void {
  if (connection.readers.size > 0) return;
  connection.source.close();
  if (connections.get(client) === connection) connections.delete(client);
}
