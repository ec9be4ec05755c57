/** How long and how much is kept, as it was set. */
export class RetentionSettings {
  constructor(
    readonly maxAgeMs: number,
    readonly maxBytes: number,
  ) {}
}
