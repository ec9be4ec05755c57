import { expect, it } from 'vitest';
import { BodyRoomFull, SharedBodyRoom } from './body-room.ts';

it('bounds what all bodies take together, and has the room again once they are released', () => {
  const room = new SharedBodyRoom(100);
  const first = room.open();
  const second = room.open();
  first.claim(60);
  second.claim(40);
  expect(() => second.claim(1)).toThrow(BodyRoomFull);
  expect(room.takenBytes).toBe(100);
  first.release();
  first.release();
  expect(room.takenBytes).toBe(40);
  second.claim(60);
  second.release();
  expect(room.takenBytes).toBe(0);
});
