export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly told: string;
}
export interface StartOptions {
  readonly env?: Record<string, string>;
  readonly way?: 'node' | 'npx';
}
export class InstalledPackage {
  readonly place: string;
  readonly tarball: string;
  readonly home: string;
  readonly project: string;
  static make(): Promise<InstalledPackage>;
  install(folder: string, ...options: string[]): Promise<void>;
  command(
    args: readonly string[],
    options?: { readonly env?: Record<string, string>; readonly folder?: string },
  ): Promise<Ended>;
  start(args?: readonly string[], options?: StartOptions): Promise<RunningExplorer>;
  remove(): Promise<void>;
}
export class RunningExplorer {
  readonly out: string;
  readonly told: string;
  readonly pid: number;
  readonly url: string;
  readonly grpcUrl: string;
  interrupt(): Promise<number>;
}
export function installedSize(folder: string): Promise<{ packages: number; megabytes: number }>;
