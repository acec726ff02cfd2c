import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { ok, type Result } from '../../../../core/result.ts';
import type { Skip } from '../../component.ts';
import { createSkip } from '../../extractor.ts';
import { normaliseName, parseRequirement } from '../requirement.ts';
import { isRequirementsFile } from '../requirements/requirements-name.ts';
import {
  countLine,
  readMember,
  readToml,
  takeList,
  takeObject,
  takeObjects,
  takeText,
  takeTexts,
} from '../values.ts';
import { toSpecifiers } from './poetry-constraint.ts';
import {
  locateFolder,
  type NamedIndex,
  type PythonManifest,
  type PythonNeed,
} from './python-manifest.ts';

/**
 * pyproject.toml: the project table (PEP 621), dependency groups (PEP 735), and the tables of
 * Poetry, PDM and uv. What the build backend is made of is fetched for a build alone and not read.
 */
export function readPyproject(file: string, bytes: Uint8Array): Result<PythonManifest> {
  const document = readToml(bytes, LIMITS.dependencyFileBytesMax);
  if (!document.ok) return document;
  const { members, text } = document.value;
  const reading = new Reading(file, text, members);
  reading.takeProject();
  reading.takeGroups();
  reading.takePoetry();
  return ok({
    file,
    name:
      takeText(readMember(members, 'project', 'name')) ??
      takeText(readMember(members, 'tool', 'poetry', 'name')),
    wanted: reading.wanted,
    unknown: reading.unknown,
    indexes: listIndexes(members, text),
    problems: reading.problems,
  });
}

class Reading {
  readonly wanted: PythonNeed[] = [];
  readonly problems: Skip[] = [];
  unknown: string | null = null;
  readonly #file: string;
  readonly #text: string;
  readonly #members: JsonObject;
  /** Where the search for the next requirement begins: they are in the order of the file. */
  readonly #places = new Map<string, number>();

  constructor(file: string, text: string, members: JsonObject) {
    this.#file = file;
    this.#text = text;
    this.#members = members;
  }

  takeProject(): void {
    const project = takeObject(this.#members['project']);
    this.#takeList(project['dependencies'], 'main');
    for (const list of Object.values(takeObject(project['optional-dependencies'])))
      this.#takeList(list, 'extra');
    const dynamic = takeTexts(project['dynamic']);
    const poetry = readMember(this.#members, 'tool', 'poetry', 'dependencies');
    // The files of setuptools are requirements files, which are read by themselves.
    const files = readMember(
      this.#members,
      'tool',
      'setuptools',
      'dynamic',
      'dependencies',
      'file',
    );
    // mutant pyproject-with-dynamic-dependencies by python-coverage: condition -> false
    if (dynamic.includes('dependencies') && poetry === undefined && !this.#areRead(files))
      this.unknown = 'its build backend says what it requires (dynamic)';
  }

  /** Whether each of these files is one of the tree that is read by its name. */
  #areRead(files: JsonValue | undefined): boolean {
    const named = typeof files === 'string' ? [files] : takeTexts(files);
    // mutant dynamic-dependencies-of-other-files by python-coverage: value -> true
    const isRead = (one: string): boolean =>
      isRequirementsFile(locateFolder(this.#file, one) ?? '');
    return named.length > 0 && named.every(isRead);
  }

  takeGroups(): void {
    const groups = takeObject(this.#members['dependency-groups']);
    for (const list of Object.values(groups))
      this.#takeList(
        takeList(list).filter((one) => !isJsonObject(one)),
        'group',
      );
    const { pdm, uv } = takeObject(this.#members['tool']);
    for (const list of Object.values(takeObject(takeObject(pdm)['dev-dependencies'])))
      this.#takeList(
        takeTexts(list).filter((one) => !one.startsWith('-e ')),
        'group',
      );
    this.#takeList(takeObject(uv)['dev-dependencies'], 'group');
  }

  takePoetry(): void {
    const poetry = takeObject(readMember(this.#members, 'tool', 'poetry'));
    this.#takeTable(poetry['dependencies'], 'main');
    this.#takeTable(poetry['dev-dependencies'], 'group');
    for (const group of Object.values(takeObject(poetry['group'])))
      this.#takeTable(takeObject(group)['dependencies'], 'group');
  }

  #takeList(list: JsonValue | undefined, part: PythonNeed['part']): void {
    if (list !== undefined && !Array.isArray(list)) this.#refuse(JSON.stringify(list));
    for (const text of takeList(list)) {
      const requirement = typeof text === 'string' ? parseRequirement(text) : null;
      if (typeof text !== 'string' || requirement === null) {
        this.#refuse(JSON.stringify(text));
        continue;
      }
      const { name, specifier, url, marker } = requirement;
      const own = takeObject(readMember(this.#members, 'tool', 'uv', 'sources', name));
      const path = takeText(own['path']) ?? (/^file:/.test(url ?? '') ? url : null);
      this.wanted.push({
        name: normaliseName(name),
        text,
        specifier,
        url: url ?? takeText(own['git']) ?? takeText(own['url']) ?? path,
        folder: path === null ? null : locateFolder(this.#file, path.replace(/^file:(\/\/)?/, '')),
        hasMarker: marker !== null,
        part,
        line: this.#findLine(text),
      });
    }
  }

  /** In Poetry 2 the project table may say which, and this one from where. */
  #takeTable(table: JsonValue | undefined, part: PythonNeed['part']): void {
    for (const [name, value] of Object.entries(takeObject(table))) {
      if (name === 'python') continue;
      const isKnown = this.wanted.some((one) => one.name === normaliseName(name));
      const alternatives = Array.isArray(value) ? takeList(value) : [value];
      if (isKnown && part === 'main' && alternatives.every(isJsonObject)) continue;
      for (const one of alternatives) this.#takePoetry(name, one as JsonValue, part);
    }
  }

  #takePoetry(name: string, value: JsonValue, part: PythonNeed['part']): void {
    const fields: JsonObject = typeof value === 'string' ? { version: value } : takeObject(value);
    const version = takeText(fields['version']);
    const path = takeText(fields['path']) ?? takeText(fields['file']);
    const url = takeText(fields['git']) ?? takeText(fields['url']) ?? path;
    const specifier = version === null ? '' : toSpecifiers(version);
    if (specifier === null || (version === null && url === null)) {
      this.#refuse(`${name} = ${JSON.stringify(value)}`);
      return;
    }
    this.wanted.push({
      name: normaliseName(name),
      text: version ?? url ?? '',
      specifier,
      url,
      folder: path === null ? null : locateFolder(this.#file, path),
      hasMarker: fields['markers'] !== undefined || fields['python'] !== undefined,
      part: fields['optional'] === true && part === 'main' ? 'extra' : part,
      line: this.#findLine(name),
    });
  }

  #refuse(text: string): void {
    if (this.problems.length > 20) return;
    const why = `it requires ${text.slice(0, 120)}, which is no requirement`;
    this.problems.push(createSkip(this.#file, 'MALFORMED', why, 'Correct it (PEP 508).'));
  }

  /** The next line with a text; for a second one of the same text, a later line. */
  #findLine(text: string): number {
    const from = this.#places.get(text) ?? 0;
    const found = this.#text.indexOf(text, from);
    if (found === -1) return 1;
    this.#places.set(text, found + text.length);
    return countLine(this.#text, found);
  }
}

function listIndexes(members: JsonObject, text: string): readonly NamedIndex[] {
  const uv = takeObject(readMember(members, 'tool', 'uv'));
  const named = [
    ...takeObjects(uv['index']),
    ...takeObjects(readMember(members, 'tool', 'poetry', 'source')),
    ...takeObjects(readMember(members, 'tool', 'pdm', 'source')),
  ];
  const plain = [
    { url: takeText(uv['index-url']), isDefault: true },
    ...takeTexts(uv['extra-index-url']).map((url) => ({ url, isDefault: false })),
  ];
  const line = (url: string): number => countLine(text, Math.max(text.indexOf(url), 0));
  return [
    ...named.flatMap((fields): readonly NamedIndex[] => {
      const url = takeText(fields['url']);
      if (url === null) return [];
      const name = takeText(fields['name']);
      const isExplicit = fields['explicit'] === true || fields['priority'] === 'explicit';
      const isDefault =
        fields['default'] === true ||
        ['primary', 'default'].includes(takeText(fields['priority']) ?? '') ||
        // In PDM a source of this name is in the place of PyPI.
        name === 'pypi';
      return [{ name, url, line: line(url), isExplicit, isDefault }];
    }),
    ...plain.flatMap(({ url, isDefault }): readonly NamedIndex[] =>
      url === null ? [] : [{ name: null, url, line: line(url), isExplicit: false, isDefault }],
    ),
  ];
}
