import { ok } from '../../../core/result.ts';
import { takeBaseName } from '../extractor.ts';
import type { ManifestFormat } from '../manifest.ts';
import { readDockerfile } from './dockerfile.ts';

/** Every Dockerfile of a source tree. */
export const dockerfileFormat: ManifestFormat = {
  wants: (path) => isDockerfile(takeBaseName(path)),
  read: (file, bytes) => {
    const reading = readDockerfile(file, bytes);
    if (!reading.ok) return reading;
    const { dependencies, notLookedAt } = reading.value;
    return ok({ dependencies: dependencies.map(({ base: _, ...one }) => one), notLookedAt });
  },
};

/** `Dockerfile`, `Dockerfile.web`, `web.dockerfile`, and the names that Podman uses. */
export function isDockerfile(name: string): boolean {
  return (
    /^(?:Dockerfile|Containerfile)(?:[._-][^/]+)?$|\.(?:Dockerfile|Containerfile)$/i.test(name) &&
    !/ignore$/i.test(name)
  );
}
