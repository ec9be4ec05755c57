/** The configured retention. */
export class RetentionSettings {
  constructor(
    readonly maxAgeMs: number,
    readonly maxBytes: number,
  ) {}
}
