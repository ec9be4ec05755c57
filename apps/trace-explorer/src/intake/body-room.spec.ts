import { expect, it } from 'vitest';
import { BodyRoomFull, SharedBodyRoom } from './body-room.ts';

const MIB = 1024 * 1024;

it('bounds the total of all bodies, and frees the room when they are released', () => {
  const room = new SharedBodyRoom(100 * MIB);
  const first = room.open();
  const second = room.open();
  first.claim(60 * MIB);
  second.claim(40 * MIB);
  expect(() => second.claim(1)).toThrow(BodyRoomFull);
  expect(room.takenBytes).toBe(100 * MIB);
  first.release();
  first.release();
  expect(room.takenBytes).toBe(40 * MIB);
  second.claim(60 * MIB);
  second.release();
  expect(room.takenBytes).toBe(0);
});

it('keeps room for small bodies when large ones have used all of theirs', () => {
  const room = new SharedBodyRoom(100 * MIB);
  room.open().claim(100 * MIB);
  const small = Array.from({ length: 16 }, () => room.open());
  for (const claim of small) claim.claim(MIB);
  expect(() => small[0]?.claim(1)).toThrow(BodyRoomFull);
  expect(() => room.open().claim(1)).toThrow(BodyRoomFull);
});
