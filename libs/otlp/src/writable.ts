/** A message while it is being read: the same properties, open for assignment, its lists open for `push`. */
export type Writable<Message> = {
  -readonly [Key in keyof Message]: Message[Key] extends readonly (infer Item)[] ? Item[] : Message[Key];
};
