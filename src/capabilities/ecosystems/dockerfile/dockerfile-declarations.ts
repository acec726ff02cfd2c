import { LIMITS } from '../../../core/limits.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../declarations.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { takeBaseName } from '../extractor.ts';
import { readDockerfile } from './dockerfile.ts';

/** Every Dockerfile of a source tree. */
export const dockerfileDeclarations: DeclarationReader = {
  wants: (path) => isDockerfile(takeBaseName(path)),
  read,
};

/** `Dockerfile`, `Dockerfile.web`, `web.dockerfile`, and the names that Podman uses. */
export function isDockerfile(name: string): boolean {
  return (
    /^(?:Dockerfile|Containerfile)(?:[._-][^/]+)?$|\.(?:Dockerfile|Containerfile)$/i.test(name) &&
    !/ignore$/i.test(name)
  );
}

async function read(paths: readonly string[], files: SourceFiles): Promise<Declarations> {
  const dependencies: DeclaredDependency[] = [];
  const notLookedAt: { kind: string; place: string }[] = [];
  for (const file of paths) {
    files.signal?.throwIfAborted();
    const declared = await files.parse(file, LIMITS.dependencyFileBytesMax, readDockerfile);
    if (declared === null) continue;
    dependencies.push(
      ...declared.dependencies.map(({ span: _, base: _base, ...dependency }) => dependency),
    );
    for (const { kind, line } of declared.notLookedAt)
      notLookedAt.push({ kind, place: `${file}:${line}` });
  }
  return { found: paths.length > 0, dependencies, problems: [], notLookedAt };
}
