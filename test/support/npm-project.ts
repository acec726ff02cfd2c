import type {
  DeclaredDependencies,
  DeclaredDependency,
} from '../../src/capabilities/ecosystems/index.ts';
import { readDeclaredDependencies } from '../../src/capabilities/inventory/index.ts';
import { makeTree } from './images.ts';

/** A hash in the form of a lock. */
export const INTEGRITY =
  'sha512-1YAMDYJHS/owJXgqD8/JoT/V0qqGwh4Ca+7uUBeXZ4zhWviqZbdjgU6FZJdstgclkxkfcoJ0dQhFlS4k0lLBCw==';
/** The registry of the packages. */
export const HOME = 'https://registry.example.com/npm';
export const archive = (name: string, version: string, base = HOME): string =>
  `${base}/${name}/-/${name}-${version}.tgz`;
export const locked = (name: string, version: string, more: object = {}): object => ({
  version,
  resolved: archive(name, version),
  integrity: INTEGRITY,
  ...more,
});

export type Files = Readonly<Record<string, unknown>>;

/** What the files of a project declare. */
export async function readProject(files: Files): Promise<DeclaredDependencies> {
  const texts = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' ? content : JSON.stringify(content, null, 2),
  ]);
  return readDeclaredDependencies(makeTree(Object.fromEntries(texts) as Record<string, string>));
}

/** A project that requires `wanted`, with these packages in its lock. */
export function project(wanted: object, packages: object, more: Files = {}): Files {
  const root = { name: 'shop', dependencies: wanted };
  return {
    'package.json': root,
    'package-lock.json': { lockfileVersion: 3, packages: { '': root, ...packages } },
    ...more,
  };
}

export function findDependency(declared: DeclaredDependencies, name: string): DeclaredDependency {
  const found = declared.dependencies.find((dependency) => dependency.name === name);
  if (found === undefined) throw new Error(`${name} is not declared`);
  return found;
}
