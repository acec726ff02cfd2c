import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { createLineCounter } from '../../../formats/json/places.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import type { Skip } from '../component.ts';
import { createSkip, type Extraction, type Extractor } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { describeListed, type ListedPackage } from './package-list.ts';
import { isWingetId } from './winget-draft.ts';

export interface Configuration {
  readonly packages: readonly ListedPackage[];
  /** Modules of PowerShell, whose resources change the machine and may fetch more. */
  readonly modules: readonly string[];
  readonly problems: readonly Skip[];
}

const REMEDY = 'Check it: winget configure validate.';

/** `configuration.dsc.yaml`, `NAME.winget`, `configuration.winget`. */
export const isConfiguration = wantFiles({
  endings: ['.winget', '.dsc.yaml', '.dsc.yml'],
  ignoresCase: true,
});

/** A configuration of winget, in the form of DSC 2 or of DSC 3 (winget-cli, `configuration`). */
export function readConfiguration(file: string, bytes: Uint8Array): Result<Configuration> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const parsed = parseYaml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!parsed.ok)
    return fail('MALFORMED', `${file}: ${parsed.failure.message}`, REMEDY, parsed.failure);
  const root = isJsonObject(parsed.value) ? parsed.value : {};
  const older = root['properties'];
  const listed = isJsonObject(older) ? older['resources'] : root['resources'];
  if (listed === undefined) return ok({ packages: [], modules: [], problems: [] });
  if (!Array.isArray(listed)) return fail('MALFORMED', `${file}: resources is no list`, REMEDY);
  const reader = new ResourceReader(file, text.value);
  for (const resource of listed as readonly JsonValue[]) reader.read(resource);
  return ok(reader);
}

class ResourceReader implements Configuration {
  readonly packages: ListedPackage[] = [];
  readonly modules: string[] = [];
  readonly problems: Skip[] = [];
  readonly #file: string;
  readonly #text: string;
  readonly #toLine: (offset: number) => number;
  #at = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#toLine = createLineCounter(text);
  }

  read(resource: JsonValue): void {
    const why = isJsonObject(resource) ? this.#readResource(resource) : 'a resource is no object';
    if (why !== null) this.problems.push(createSkip(this.#file, 'MALFORMED', why, REMEDY));
  }

  /** What is wrong with it; null where nothing is. */
  #readResource(resource: JsonObject): string | null {
    const type = String(resource['resource'] ?? resource['type'] ?? '');
    const settings = resource['settings'] ?? resource['properties'];
    const name = type.slice(type.indexOf('/') + 1).toLowerCase();
    if (name !== 'wingetpackage' && type.toLowerCase() !== 'microsoft.winget/package') {
      if (type.includes('/')) this.modules.push(type.slice(0, type.indexOf('/')).slice(0, 120));
      return null;
    }
    const values = foldKeys(isJsonObject(settings) ? settings : {});
    const id = values.get('id');
    // mutant winget-resource-without-id: condition -> false
    if (!isWingetId(id)) return 'a package has no usable id';
    if (String(values.get('ensure') ?? '').toLowerCase() === 'absent') return null;
    const version = values.get('version');
    // YAML makes a number of 2.50, which was another version.
    if (typeof version === 'number') return `the version of ${id} is not in quotes`;
    const source = values.get('source');
    this.packages.push({
      id,
      version: typeof version === 'string' && version !== '' ? version : null,
      source: typeof source === 'string' ? source.slice(0, 1_024) : null,
      line: this.#findLine(id),
    });
    return null;
  }

  #findLine(id: string): number {
    const found = this.#text.indexOf(id, this.#at);
    if (found !== -1) this.#at = found + id.length;
    return this.#toLine(Math.max(found, 0));
  }
}

function foldKeys(settings: JsonObject): ReadonlyMap<string, JsonValue | undefined> {
  return new Map(Object.entries(settings).map(([key, value]) => [key.toLowerCase(), value]));
}

export const wingetConfiguration: Extractor = {
  name: 'winget-configuration',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: isConfiguration,
  extract: ({ path, bytes }): Extraction => {
    const { packages, modules, problems } = orThrow(readConfiguration(path, bytes));
    const listed = describeListed(path, packages, 'Set version in the settings of each package.');
    const [first] = modules;
    const note = `${path} also changes the machine by modules of PowerShell: ${first ?? ''}`;
    const more = new Set(modules).size > 1 ? ' and others' : '';
    return {
      ...listed,
      skips: [...problems, ...listed.skips],
      ...(first === undefined ? {} : { notes: [note + more] }),
    };
  },
};
