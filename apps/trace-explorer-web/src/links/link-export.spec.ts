import type { ResolvedLink } from '@span-links/explorer-api';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseTimeZone } from '../time/time-zone.ts';
import { exportedLinks, exportName } from './link-export.ts';

const link: ResolvedLink = {
  index: 0,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceState: '',
  flags: 1,
  attributes: [{ key: 'spanlinks.relation', type: 'string', value: 'origin' }],
  droppedAttributesCount: 0,
  isSelf: false,
  isDuplicate: false,
  gapNs: -5,
  other: {
    resolved: true,
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    parentSpanId: null,
    service: '=HYPERLINK("x")',
    name: 'two\nlines, "quoted"',
    kind: 'server',
    status: 'ok',
    startTime: '1763800000000000001',
    durationNs: 7,
    linkCount: 0,
    droppedLinksCount: 0,
    backlinkCount: 1,
  },
};

describe('exported links', () => {
  afterEach(() => chooseTimeZone('local'));

  it('are a table whose cells keep their commas, quotes and lines', () => {
    chooseTimeZone('utc');
    const [head, ...rest] = exportedLinks([link], 'csv').split('\r\n');
    expect(head).toBe(
      'index,trace_id,span_id,service,name,status,start,duration_ns,gap_ns,relation,attributes,unresolved',
    );
    expect(rest[0]).toContain(
      '"two\nlines, ""quoted""",ok,2025-11-22T08:26:40.000000001Z,7,-5,origin,spanlinks.relation=origin,',
    );
  });

  it('run nothing in a spreadsheet', () => {
    expect(exportedLinks([link], 'csv')).toContain(`"'=HYPERLINK(""x"")"`);
  });

  it('are the answer of the API as JSON', () => {
    expect(JSON.parse(exportedLinks([link], 'json'))).toEqual([link]);
    expect(exportName('in', 'b'.repeat(16), 'json')).toBe('linked-from-bbbbbbbbbbbbbbbb.json');
  });
});
