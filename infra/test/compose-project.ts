import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

export interface ComposeService {
  readonly image?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly restart?: string;
}

interface ComposeFile {
  readonly include?: readonly string[];
  readonly services?: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export type Variables = Readonly<Record<string, string>>;

/** A service and the folder of its relative mounts. */
export interface PlacedService extends ComposeService {
  readonly name: string;
  readonly folder: string;
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly mode: string | undefined;
}

/** A compose file with its included files and filled-in variables. Only `docker compose config` knows what the engine makes of it. */
export class ComposeProject {
  readonly services: readonly PlacedService[];
  readonly volumes: ReadonlySet<string>;
  /** The original text, with its variables. */
  readonly text: string;

  constructor(path: string, variables: Variables = {}) {
    const text = readFileSync(path, 'utf8');
    const file = filled(parse(text, { merge: true }), variables) as ComposeFile;
    const included = (file.include ?? []).map(
      (other) => new ComposeProject(join(dirname(path), other), variables),
    );
    this.services = [
      ...Object.entries(file.services ?? {}).map(([name, service]) => ({
        ...service,
        name,
        folder: dirname(path),
      })),
      ...included.flatMap(({ services }) => services),
    ];
    this.volumes = new Set([
      ...Object.keys(file.volumes ?? {}),
      ...included.flatMap(({ volumes }) => [...volumes]),
    ]);
    this.text = [text, ...included.map((other) => other.text)].join('\n');
  }

  /** The services that run with a profile, or without one. */
  running(profile?: string): readonly PlacedService[] {
    return this.services.filter(
      ({ profiles }) => profiles === undefined || (profile !== undefined && profiles.includes(profile)),
    );
  }
}

/** Fills in variables after the YAML is parsed, so that their text is never parsed as YAML. */
function filled(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((item) => filled(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, variables)]));
}

export function mountsOf({ volumes = [], folder }: PlacedService): Mount[] {
  return volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':');
    return { source: source.startsWith('.') ? join(folder, source) : source, target, mode };
  });
}

/** The published ports of a container, by the port on the host. `published` is undefined if the host chooses a free one. */
export function publishedBy({ ports = [] }: ComposeService) {
  return ports.map((port) => {
    const [address, published, target] = port.split(':');
    return {
      address,
      published: published ? Number(published) : undefined,
      target: Number(target),
    };
  });
}

/**
 * Replaces Compose's `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}` and `${NAME:?message}`, also nested.
 * @throws Error with the message of a `:?` whose variable is not set.
 */
export function interpolate(text: string, variables: Variables): string {
  let result = '';
  for (let at = 0; at < text.length;) {
    const start = text.indexOf('${', at);
    if (start < 0) return result + text.slice(at);
    const end = endOfBraces(text, start + 2);
    result += text.slice(at, start) + valueOf(text.slice(start + 2, end), variables);
    at = end + 1;
  }
  return result;
}

function endOfBraces(text: string, from: number): number {
  for (let at = from, depth = 1; at < text.length; at += 1) {
    if (text.startsWith('${', at)) depth += 1;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  throw new Error(`\${ without } in ${text.slice(from, from + 40)}`);
}

function valueOf(expression: string, variables: Variables): string {
  const [, name = '', operator, word = ''] = /^(\w+)(?:(:?[-+?])(.*))?$/s.exec(expression) ?? [];
  if (name === '') throw new Error(`what is \${${expression}}?`);
  const value = variables[name];
  const isSet = operator?.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  if (operator?.endsWith('+')) return isSet ? interpolate(word, variables) : '';
  if (isSet || operator === undefined) return value ?? '';
  if (operator.endsWith('?')) throw new Error(`${name}: ${word}`);
  return interpolate(word, variables);
}

/** An env file of Compose. Later lines may use earlier ones, and the shell overrides both. */
export function readEnvFile(path: string, shell: Variables = {}): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, text] of envFileLines(path)) {
    values[name] = shell[name] ?? interpolate(text, { ...values, ...shell });
  }
  return values;
}

/** The raw values. */
export function envFileLines(path: string): [name: string, text: string][] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
}
