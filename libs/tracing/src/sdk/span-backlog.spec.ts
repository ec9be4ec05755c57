import { describe, expect, it } from 'vitest';
import { endedRoot, endedSpan } from '../../test/sdk/ended-spans.ts';
import { SpanBacklog } from './span-backlog.ts';

const MIB = 1024 * 1024;

function backlogOf(spans: number, bytes = MIB): SpanBacklog {
  return new SpanBacklog({ spans, bytes });
}

function names(backlog: SpanBacklog): string[] {
  return backlog.take(1_000, MIB).map(({ name }) => name);
}

describe('SpanBacklog', () => {
  it('returns spans in the order in which they ended, for any ranks', () => {
    const backlog = backlogOf(10);
    backlog.admit(endedSpan({ name: 'first' }));
    backlog.admit(endedSpan({ name: 'second', links: 1 }));
    backlog.admit(endedRoot('third'));
    backlog.admit(endedSpan({ name: 'fourth' }));
    expect(names(backlog)).toEqual(['first', 'second', 'third', 'fourth']);
    expect(backlog.size).toBe(0);
    expect(backlog.bytes).toBe(0);
  });

  it('drops the oldest ordinary span for one with links', () => {
    const backlog = backlogOf(3);
    for (const name of ['a', 'b', 'c']) backlog.admit(endedSpan({ name }));
    expect(backlog.admit(endedSpan({ name: 'process-batch', links: 5 }))).toBe(false);
    expect(names(backlog)).toEqual(['b', 'c', 'process-batch']);
    expect(backlog.dropped).toEqual({ ordinary: 1, linkBearing: 0 });
  });

  it('prefers a local root, even with a remote parent, to an ordinary span', () => {
    const backlog = backlogOf(2);
    for (const name of ['a', 'b']) backlog.admit(endedSpan({ name }));
    backlog.admit(endedRoot('root'));
    backlog.admit(endedSpan({ name: 'entry', parent: 'remote' }));
    backlog.admit(endedSpan({ name: 'late' }));
    expect(names(backlog)).toEqual(['root', 'entry']);
    expect(backlog.dropped).toEqual({ ordinary: 3, linkBearing: 0 });
  });

  it('drops a local root for a span with links when nothing ordinary is left', () => {
    const backlog = backlogOf(2);
    backlog.admit(endedRoot('one'));
    backlog.admit(endedRoot('two'));
    backlog.admit(endedSpan({ name: 'linked', links: 1 }));
    expect(names(backlog)).toEqual(['two', 'linked']);
  });

  it('is bounded for spans with links, too', () => {
    const backlog = backlogOf(2);
    for (const name of ['one', 'two', 'three']) backlog.admit(endedSpan({ name, links: 1 }));
    expect(names(backlog)).toEqual(['one', 'two']);
    expect(backlog.dropped).toEqual({ ordinary: 0, linkBearing: 1 });
  });

  it('is bounded by weight: a few heavy spans fill it as well', () => {
    const backlog = backlogOf(1_000, 100_000);
    for (let index = 0; index < 100; index++) backlog.admit(endedSpan({ links: 128 }));
    expect(backlog.size).toBeLessThan(12);
    expect(backlog.bytes).toBeLessThan(120_000);
    expect(backlog.size + backlog.dropped.linkBearing).toBe(100);
  });

  it('drops as many light spans as a heavy one needs', () => {
    const backlog = backlogOf(1_000, 10_000);
    while (backlog.hasRoomFor(1)) backlog.admit(endedSpan());
    expect(backlog.admit(endedSpan({ name: 'heavy', links: 1 }))).toBe(false);
    expect(names(backlog)).toContain('heavy');
  });

  it('takes a span that is heavier than its bound while there is any room', () => {
    const backlog = backlogOf(10, 1_000);
    expect(backlog.admit(endedSpan({ name: 'huge', links: 100 }))).toBe(true);
    expect(names(backlog)).toEqual(['huge']);
  });

  it('returns no more bytes at once than requested, but at least one span', () => {
    const backlog = backlogOf(10);
    for (let index = 0; index < 4; index++) backlog.admit(endedSpan({ links: 100 }));
    expect(backlog.take(10, 25_000)).toHaveLength(2);
    expect(backlog.take(10, 1)).toHaveLength(1);
    expect(backlog.take(10, MIB)).toHaveLength(1);
    expect(backlog.take(10, MIB)).toHaveLength(0);
  });

  it('knows whether something from before a moment still waits', () => {
    const backlog = backlogOf(10);
    backlog.admit(endedSpan());
    const moment = backlog.end;
    backlog.admit(endedSpan({ links: 1 }));
    expect(backlog.holdsBefore(moment)).toBe(true);
    backlog.take(1, MIB);
    expect(backlog.holdsBefore(moment)).toBe(false);
    expect(backlog.holdsBefore(backlog.end)).toBe(true);
  });

  it('counts spans that are cleared or come too late', () => {
    const backlog = backlogOf(10);
    backlog.admit(endedSpan());
    backlog.admit(endedSpan({ links: 1 }));
    backlog.clear();
    backlog.refuse(endedSpan({ links: 1 }));
    expect(backlog.size).toBe(0);
    expect(backlog.bytes).toBe(0);
    expect(backlog.dropped).toEqual({ ordinary: 1, linkBearing: 2 });
  });
});
