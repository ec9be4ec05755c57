import type { z } from 'zod';
import type { Answer } from './answer.ts';
import type { ExplorerReads } from './explorer-reads.ts';

/** A tool of the MCP server. All tools only read. */
export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  run(reads: ExplorerReads, input: z.output<Input>): Promise<Answer>;
}

/** Keeps the type of the input between the schema and `run`. */
export function tool<Input extends z.ZodObject>(definition: Tool<Input>): Tool {
  return definition;
}
