import { createTraceState } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutThreshold } from './threshold.ts';

const erased = (raw: string) => withoutThreshold(createTraceState(raw)).serialize();

describe('withoutThreshold', () => {
  it.each([
    ['ot=th:fd70a4', ''],
    ['ot=th:0', ''],
    ['ot=th:fd70a4;rv:6e6d1a75832a2f', 'ot=rv:6e6d1a75832a2f'],
    ['ot=rv:6e6d1a75832a2f;th:fd70a4;x:th:1', 'ot=rv:6e6d1a75832a2f;x:th:1'],
    ['rojo=1,ot=th:c;rv:6e6d1a75832a2f,congo=t61', 'ot=rv:6e6d1a75832a2f,rojo=1,congo=t61'],
    ['rojo=1,ot=th:c,congo=t61', 'rojo=1,congo=t61'],
  ])('turns %s into "%s"', (raw, expected) => {
    expect(erased(raw)).toBe(expected);
  });

  it.each(['', 'ot=rv:6e6d1a75832a2f', 'rojo=th:c', 'rojo=1,ot=thx:1,congo=t61'])(
    'leaves %s as it is, in its order',
    (raw) => {
      const traceState = createTraceState(raw);
      expect(withoutThreshold(traceState)).toBe(traceState);
    },
  );

  it('loses thresholds and nothing else', () => {
    const value = fc.stringMatching(/^[0-9a-f]{1,14}$/);
    const subKey = fc.tuple(fc.constantFrom('th', 'rv', 'p', 'xyz'), value).map((pair) => pair.join(':'));
    const vendors = fc.uniqueArray(fc.constantFrom('rojo', 'congo', 'dd', 'es'));
    fc.assert(
      fc.property(
        fc.array(subKey, { minLength: 1, maxLength: 6 }),
        vendors,
        value,
        (subKeys, names, vendor) => {
          const members = [...names.map((name) => `${name}=${vendor}`), `ot=${subKeys.join(';')}`];
          const state = withoutThreshold(createTraceState(members.join(',')));
          const rest = subKeys.filter((part) => !part.startsWith('th:'));
          expect(state.get('ot')).toBe(rest.length === 0 ? undefined : rest.join(';'));
          for (const name of names) expect(state.get(name)).toBe(vendor);
        },
      ),
    );
  });
});
