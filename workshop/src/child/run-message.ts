/** A message of an exercise's process to the runner, over its IPC channel. */
export type RunMessage =
  /** Facts that spans do not tell, for example what was stored in a row. */
  | { readonly type: 'facts'; readonly facts: unknown }
  /** The reader's code threw, or could not be loaded. */
  | { readonly type: 'failed'; readonly message: string; readonly line?: number | undefined };
