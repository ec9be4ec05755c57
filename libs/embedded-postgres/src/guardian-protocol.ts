import type { EmbeddedPostgresFailure } from './embedded-postgres-error.ts';

/** What a holder says to the guardian. Its connection is the hold: whoever is not connected does not hold. */
export type HolderMessage = { kind: 'hold'; database: string } | { kind: 'release' };

/** What the guardian says to a holder. */
export type GuardianMessage =
  | { kind: 'progress'; line: string }
  | { kind: 'ready'; url: string }
  | { kind: 'failed'; failure: EmbeddedPostgresFailure; message: string }
  /** The release is done: others still hold. */
  | { kind: 'kept' }
  /** The server is being stopped; the guardian's end closes the connection. Nobody is to start it again for this hold. */
  | { kind: 'stopping' };

/** What a launched guardian says on its standard output, once. */
export type LaunchMessage = { kind: 'claimed' } | { kind: 'lost' };

/** What the guardian's entry is told on its command line. */
export interface GuardianTask {
  /** `launch` starts `guard` and ends, which takes the guardian out of the launching process's tree. */
  step: 'launch' | 'guard';
  dataDir: string;
  generation: number;
  tempDir: string;
}
