import { describe, expect, it } from 'vitest';
import { choicesAt, withChoice } from './query-choices.ts';

function texts(text: string, suggestions: readonly string[] = [], from = 0, recent: string[] = []) {
  const answer = {
    from,
    to: text.length,
    suggestions: suggestions.map((found) => ({ text: found, hint: '' })),
  };
  return choicesAt(text, text.length, answer, recent).map((choice) => choice.text);
}

describe('the choices at a place of a query', () => {
  it('are the fields before the server has answered', () => {
    expect(choicesAt('st', 2, undefined, []).map(({ text, group }) => [text, group])).toEqual([
      ['status=', 'Fields'],
      ['status.message=', 'Fields'],
    ]);
  });

  it('are fields first and then the attributes that the server knows, each once', () => {
    expect(texts('s', ['service=', 'status=', 'span=', 'shop.id='])).toEqual([
      'service=',
      'status=',
      'status.message=',
      'span=',
      'scope.name=',
      'scope.version=',
      'scope.',
      'shop.id=',
    ]);
  });

  it('are also operators once there is a name', () => {
    expect(texts('duration')).toEqual([
      'duration!=',
      'duration>',
      'duration>=',
      'duration<',
      'duration<=',
      'duration=',
    ]);
    expect(texts('order.id', ['order.id='])).toContain('order.id~');
    expect(texts('unknown')).toEqual([]);
  });

  it('are the words of a field, or the values that the server knows', () => {
    expect(texts('status=e')).toEqual(['error']);
    expect(texts('name="process b', ['"process batch"', '"process bill"'], 5)).toEqual([
      '"process batch"',
      '"process bill"',
    ]);
  });

  it('keep an answer only while the same word is being typed', () => {
    expect(texts('service=or', ['orders-api', 'payments'], 8)).toEqual(['orders-api']);
    expect(texts('a=1 na', ['orders-api'], 0)).toEqual(['name=']);
  });

  it('are also recent searches if nothing is typed', () => {
    expect(texts('', [], 0, ['has:links'])[0]).toBe('has:links');
    expect(texts('b', [], 0, ['batch'])).not.toContain('batch');
  });
});

describe('a choice', () => {
  it('replaces only the word under the cursor', () => {
    const [choice] = choicesAt('a=1 sta b=2', 7, undefined, []);
    expect(withChoice('a=1 sta b=2', choice!)).toEqual({ text: 'a=1 status= b=2', at: 11 });
  });

  it('is followed by a space if it ends a term', () => {
    const [choice] = choicesAt('status=er', 9, undefined, []);
    expect(withChoice('status=er', choice!)).toEqual({ text: 'status=error ', at: 13 });
    const [inList] = choicesAt('kind=serv,client', 9, undefined, []);
    expect(withChoice('kind=serv,client', inList!).text).toBe('kind=server,client');
  });
});
