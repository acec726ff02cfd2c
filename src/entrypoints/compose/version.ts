import { readPart } from './installation.ts';

/** The version of this package, as package.json states it. */
export function version(): string {
  const { version: stated } = JSON.parse(readPart('package.json')) as { readonly version: string };
  return stated;
}
