import { ask, CommandError, type ExplorerAddress } from '../cli/explorer-client.ts';
import { placeInQuery, ReadError, type ExplorerReads, type ReadParameters } from './explorer-reads.ts';

/** Reads from a running explorer. */
export function readsOverHttp(address: ExplorerAddress): ExplorerReads {
  const get = async <T>(path: string, parameters: ReadParameters = {}): Promise<T> => {
    try {
      const query = new URLSearchParams(parameters).toString();
      return (await (await ask(address, `/api/v1/${path}${query && `?${query}`}`)).json()) as T;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const status = error.answer.body?.['status'];
      const message = `${error.message}${placeInQuery(error.answer.body)}`;
      throw new ReadError(message, typeof status === 'number' ? status : undefined);
    }
  };
  const at = encodeURIComponent;
  return {
    journeys: (parameters) => get('journeys', parameters),
    journey: (traceId) => get(`journeys/${at(traceId)}`),
    spans: (parameters) => get('spans', parameters),
    trace: (traceId) => get(`traces/${at(traceId)}`),
    span: (traceId, spanId) => get(`traces/${at(traceId)}/spans/${at(spanId)}`),
    logs: (parameters) => get('logs', parameters),
    links: (traceId, spanId, parameters) =>
      get(`traces/${at(traceId)}/spans/${at(spanId)}/links`, parameters),
  };
}
