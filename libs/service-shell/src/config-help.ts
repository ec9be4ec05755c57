import { z } from 'zod';
import type { ConfigSchema } from './read-config.ts';

/**
 * The table of a schema's environment variables for `--help`: name, default, meaning (`describe()`) and allowed values.
 */
export function printConfigHelp(schema: ConfigSchema): string {
  const rows = Object.entries(schema.shape).map(([name, value]) => ({
    name,
    fallback: fallbackOf(value),
    meaning: meaningOf(value),
  }));
  const nameWidth = Math.max(...rows.map((row) => row.name.length), 'Variable'.length);
  const fallbackWidth = Math.max(...rows.map((row) => row.fallback.length), 'Default'.length);
  return [{ name: 'Variable', fallback: 'Default', meaning: 'Meaning' }, ...rows]
    .map((row) => `  ${row.name.padEnd(nameWidth)}  ${row.fallback.padEnd(fallbackWidth)}  ${row.meaning}\n`)
    .join('');
}

function fallbackOf(schema: z.ZodType): string {
  for (const layer of layersOf(schema)) {
    if (layer instanceof z.ZodDefault) return String(layer.def.defaultValue);
    if (layer instanceof z.ZodOptional) return '(unset)';
  }
  return '(required)';
}

function meaningOf(schema: z.ZodType): string {
  const layers = layersOf(schema);
  const description = layers.map((layer) => layer.description).find((text) => text !== undefined);
  const allowed = layers.map(allowedIn).find((text) => text !== undefined);
  if (description === undefined) return allowed ?? '';
  return allowed === undefined ? description : `${description} (${allowed})`;
}

function allowedIn(schema: z.ZodType): string | undefined {
  if (schema instanceof z.ZodEnum) return schema.options.join(', ');
  const allowed = schema.meta()?.['allowed'];
  return typeof allowed === 'string' ? allowed : undefined;
}

/** Searches from the outside in, because `.default()` and `.optional()` wrap a schema without copying its description. */
function layersOf(schema: z.ZodType): z.ZodType[] {
  const layers: z.ZodType[] = [];
  let layer: unknown = schema;
  while (layer instanceof z.ZodType) {
    layers.push(layer);
    layer = layer instanceof z.ZodDefault || layer instanceof z.ZodOptional ? layer.unwrap() : undefined;
  }
  return layers;
}
