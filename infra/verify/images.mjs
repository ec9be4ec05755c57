import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const DOCKERFILE = join(import.meta.dirname, '../docker/Dockerfile');
const SCRIPT = join(import.meta.dirname, 'base-images.sh');

/** The images that the Dockerfile starts from. */
export function baseImages() {
  const stages = new Set();
  const bases = new Set();
  for (const [, image, stage] of readFileSync(DOCKERFILE, 'utf8').matchAll(/^FROM (\S+)(?: AS (\S+))?$/gm)) {
    if (!stages.has(image)) bases.add(image);
    if (stage) stages.add(stage);
  }
  return [...bases];
}

/** The images that services of a compose configuration use without building them. */
export function serviceImages({ services }) {
  return Object.values(services)
    .filter(({ build }) => build === undefined)
    .map(({ image }) => image);
}

/**
 * Provides images. Pulls them, or builds stand-ins from packages in our own engine.
 *
 * @throws an error of one sentence if an image is not available.
 */
export async function provideImages(images, { engine, folder, signal, onProgress }) {
  const mode = engine.isOurs ? 'stand-ins' : 'pull';
  const child = spawn('bash', [SCRIPT, folder, mode, ...images], {
    env: engine.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    detached: true,
  });
  const ended = once(child, 'close');
  const said = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('failed: ')) said.push(line.slice('failed: '.length));
    else onProgress(line);
  });
  const [code] = await ended;
  if (code !== 0) throw new Error(said.slice(-10).join('\n') || `base-images.sh ended with ${code}`);
}
