import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { takeBaseName } from '../../extractor.ts';

/** A package for several frameworks has this in place of a file. */
const NO_FILE = '_._';

/**
 * Where the files of a library may be, from the folder of the application: publishing drops the
 * folders of the package but for those of languages, and those of files for other platforms.
 */
export function listAssets({
  entry,
}: {
  /** What the target lists for it; null where it lacks it. */
  readonly entry: JsonObject | null;
}): readonly string[] {
  const places: string[] = [];
  for (const group of ['runtime', 'native', 'resources', 'runtimeTargets'] as const) {
    const files = entry?.[group];
    if (!isJsonObject(files)) continue;
    for (const [path, about] of Object.entries(files)) {
      const base = takeBaseName(path);
      if (base === NO_FILE || base === '' || path.length > 1_024) continue;
      const locale = group === 'resources' && isJsonObject(about) ? about['locale'] : undefined;
      if (typeof locale === 'string') places.push(`${locale}/${base}`);
      if (group !== 'runtimeTargets') places.push(base);
      places.push(path);
    }
  }
  return places.filter(isInside);
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..');
}

const HOST = ['libhostfxr.so', 'libhostpolicy.so', 'hostfxr.dll', 'hostpolicy.dll', 'createdump'];

/**
 * The programs that start the runtime. They are built with it and are in its package; an installed
 * runtime has them three folders above, with its version.
 */
export function listHostFiles(version: string | null): readonly string[] {
  if (version === null)
    return [...HOST, 'createdump.exe', 'libhostfxr.dylib', 'libhostpolicy.dylib'];
  const home = '../../..';
  const fxr = ['libhostfxr.so', 'hostfxr.dll', 'libhostfxr.dylib'];
  return [
    ...fxr.map((name) => `${home}/host/fxr/${version}/${name}`),
    ...['dotnet', 'dotnet.exe'].map((name) => `${home}/${name}`),
  ];
}
