import { LIMITS } from '../../../../core/limits.ts';
import { toOneLine } from '../../../../core/one-line.ts';
import { orThrow } from '../../../../core/result.ts';
import { type DotnetBundle, readDotnetBundle } from '../../../../formats/program/dotnet-bundle.ts';
import type { PartReading } from '../../../../formats/program/part-reading.ts';
import { readVersionResource } from '../../../../formats/program/version-resource.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  NOTHING,
  type ProgramFile,
  takeBaseName,
} from '../../extractor.ts';
import { extractProgram } from '../../program-reader.ts';
import { NO_FILES } from '../../wanted-files.ts';
import { describeDeps, readDepsJson } from './deps-json.ts';

const AGAIN = 'Publish the application again: dotnet publish.';

/**
 * A program of .NET: an application that was published as one file, by the list of dependencies in
 * it; else what an assembly says that it is. That is no package: a product has many, and anybody
 * may write it. Where no component explains the file, the name helps to find it.
 */
export const dotnetProgram: Extractor = {
  name: 'dotnet-program',
  database: true,
  reads: ['root-file-system'],
  bytesMax: LIMITS.archiveBytesMax,
  wants: NO_FILES,
  readProgram,
  extract: (file) => extractProgram(readProgram, file),
  yieldsToOwner: true,
};

function* readProgram({ path, size, layouts }: ProgramFile): PartReading<Extraction | null> {
  for (const layout of layouts) {
    const bundle = yield* readDotnetBundle(layout, size);
    if (bundle !== null) return yield* readBundle(path, bundle);
    const said = yield* readVersionResource(layout);
    const identity = formatIdentity(said);
    if (identity !== null) return { ...NOTHING, identity };
  }
  return null;
}

function* readBundle(path: string, bundle: DotnetBundle | 'malformed'): PartReading<Extraction> {
  if (bundle === 'malformed') return skip(path, 'MALFORMED', 'its list of files cannot be read');
  const { dependencies } = bundle;
  // mutant single-file-without-a-list: condition -> false
  if (dependencies === null) return skip(path, 'FACT_UNKNOWN', 'no list of its packages is in it');
  if (dependencies.length > LIMITS.fileBytesMax)
    return skip(path, 'LIMIT_EXCEEDED', `its list is over ${LIMITS.fileBytesMax} bytes`);
  const bytes = yield dependencies;
  const name = takeBaseName(path).replace(/\.exe$/i, '');
  return describeDeps(orThrow(readDepsJson(`${path}!/${name}.deps.json`, bytes)));
}

function skip(path: string, code: Parameters<typeof createSkip>[1], why: string): Extraction {
  const whole = `it is an application of .NET in one file, and ${why}`;
  return { drafts: [], skips: [createSkip(path, code, whole, AGAIN)] };
}

const IDENTITY_CHARS_MAX = 200;

/** `Newtonsoft.Json 13.0.1 of Newtonsoft` */
function formatIdentity(said: ReadonlyMap<string, string>): string | null {
  const name = said.get('ProductName') ?? said.get('FileDescription');
  const version = said.get('ProductVersion') ?? said.get('FileVersion');
  if (name === undefined || version === undefined) return null;
  const maker = said.get('CompanyName');
  const identity = `${name} ${version}${maker === undefined ? '' : ` of ${maker}`}`;
  return toOneLine(identity.slice(0, IDENTITY_CHARS_MAX));
}
