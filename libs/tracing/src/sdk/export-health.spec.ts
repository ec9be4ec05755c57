import { describe, expect, it } from 'vitest';
import { ExportHealth } from './export-health.ts';

function health(): { lines: string[]; tested: ExportHealth } {
  const lines: string[] = [];
  return { lines, tested: new ExportHealth('http://backend', (line) => lines.push(line)) };
}

describe('ExportHealth', () => {
  it('reports an outage and its end in a line each, for any number of failed exports', () => {
    const { lines, tested } = health();
    for (let failure = 0; failure < 100; failure++) {
      tested.exportFailed(512, 'ECONNREFUSED');
      tested.spanDropped(failure);
    }
    tested.exportSucceeded(true);
    tested.exportSucceeded(true);
    expect(lines).toEqual([
      'trace backend http://backend takes no spans (ECONNREFUSED); those without links are dropped until it does',
      'trace backend http://backend takes spans again; 51300 spans were dropped',
    ]);
  });

  it('reports overload at the first drop, and its end only when the queue is short again', () => {
    const { lines, tested } = health();
    tested.spanDropped(0);
    tested.spanDropped(1);
    tested.exportSucceeded(false);
    tested.exportSucceeded(true);
    expect(lines).toEqual([
      'trace backend http://backend is slower than the spans come; those without links are dropped first',
      'trace backend http://backend has caught up; 2 spans were dropped',
    ]);
  });

  it('reports overload that comes and goes at most once a minute', () => {
    const { lines, tested } = health();
    for (let ms = 0; ms < 60_000; ms += 100) {
      tested.spanDropped(ms);
      tested.exportSucceeded(true);
    }
    expect(lines).toHaveLength(2);
    tested.spanDropped(60_000);
    expect(lines).toHaveLength(3);
  });

  it('says nothing while all is well', () => {
    const { lines, tested } = health();
    tested.exportSucceeded(true);
    expect(lines).toEqual([]);
  });
});
