import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'rolldown/utils';

/**
 * Finds the packages and `#workshop` from here: the reader's folder may lie anywhere.
 */
export const resolve: ResolveHook = (specifier, context, nextResolve) => {
  const isReaders = context.parentURL?.endsWith('.ts') === true && !/^(\.|\/|file:|node:)/.test(specifier);
  return nextResolve(specifier, isReaders ? { ...context, parentURL: import.meta.url } : context);
};

/** Compiles `.ts` files when they are imported. Source maps keep the reader's lines in every stack. */
export const load: LoadHook = async (url, context, nextLoad) => {
  if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.ts')) return nextLoad(url, context);
  const file = fileURLToPath(url);
  const { code, map, errors } = transformSync(file, await readFile(file, 'utf8'), {
    lang: 'ts',
    tsconfig: false,
    target: 'es2023',
    sourcemap: true,
    typescript: { onlyRemoveTypeImports: true },
    decorator: { legacy: true, emitDecoratorMetadata: true },
  });
  if (errors.length > 0) throw new SyntaxError(errors.map(({ message }) => message).join('\n'));
  const inline = Buffer.from(JSON.stringify({ ...map, sources: [url] })).toString('base64');
  const source = `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}\n`;
  return { format: 'module', shortCircuit: true, source };
};
