/** Called by the framework once per process, not by the application's work. */
const LIFECYCLE_HOOKS: ReadonlySet<string> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** The methods that a prototype declares itself: no accessors, no constructor, no lifecycle hooks of Nest. */
export function ownMethodNames(prototype: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => name)
    .filter((name) => !LIFECYCLE_HOOKS.has(name));
}

/** The methods that instances with this prototype have, inherited ones included. */
export function allMethodNames(prototype: object): string[] {
  const names = new Set<string>();
  const hidden = new Set<string>();
  for (let level = prototype; level !== null && level !== Object.prototype;) {
    for (const name of ownMethodNames(level)) if (!hidden.has(name)) names.add(name);
    Object.getOwnPropertyNames(level).forEach((name) => hidden.add(name));
    level = Object.getPrototypeOf(level) as object;
  }
  return [...names];
}
