/**
 * A message while it is being read: the same properties, but writable, with lists that accept
 * `push`.
 */
export type Writable<Message> = {
  -readonly [Key in keyof Message]: Message[Key] extends readonly (infer Item)[] ? Item[] : Message[Key];
};
