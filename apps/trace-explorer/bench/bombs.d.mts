export interface Bomb {
  readonly name: string;
  readonly contentType: string;
  readonly packing: 'gzip' | undefined;
  readonly body: Buffer;
}
export function bombs(): Bomb[];
