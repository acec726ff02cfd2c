import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { ok, orThrow, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
  type PackageRequest,
  takeBaseName,
} from '../extractor.ts';
import { createLineFinder } from '../locked/locked-package.ts';
import { parseRequirement } from '../python/requirement.ts';
import { isRequirementsFile } from '../python/requirements/requirements-name.ts';
import { findPinned } from '../python/specifier.ts';
import { readToml, takeList, takeObject, takeText, takeTexts } from '../python/values.ts';
import { wantFiles } from '../wanted-files.ts';
import { isCondaVersion } from './conda-draft.ts';
import { takeFirstName } from './conda-meta.ts';

/** What an environment asks for. */
export interface CondaNeed {
  readonly manager: 'conda' | 'pip';
  readonly name: string;
  /** As written. */
  readonly text: string;
  /** Null where it allows several. */
  readonly version: string | null;
  /** Whether it names one build of that version. */
  readonly isBuild: boolean;
  /** A name or an address, where it asks one alone. */
  readonly channel: string | null;
  /** From 1. */
  readonly line: number;
}

export interface CondaEnvironment {
  readonly path: string;
  readonly needs: readonly CondaNeed[];
  /** Names or addresses, the first one first. */
  readonly channels: readonly string[];
}

const NAME = /^(?:[^/]*environment|environment[-_][^/]*|conda)\.ya?ml$/;

/** `environment.yml` and `pixi.toml`. */
export const isCondaEnvironment = wantFiles(
  { names: ['pixi.toml'] },
  { endings: ['.yml', '.yaml'], where: (path) => NAME.test(takeBaseName(path)) },
);

/** What they require, which a lock resolves. */
export const condaEnvironment: Extractor = {
  name: 'conda-environment',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: isCondaEnvironment,
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const environment = orThrow(readCondaEnvironment(path, bytes));
  if (environment === null) return NOTHING;
  const { needs } = environment;
  const requests = needs.map(({ name }): PackageRequest => ({ name, spec: '', kind: 'required' }));
  const why = 'it requires packages that no lock that is read here has';
  const remedy = 'Lock them: conda-lock, or pixi lock.';
  const uncovered = needs.length === 0 ? null : createSkip(path, 'FACT_UNKNOWN', why, remedy);
  return { ...NOTHING, declares: { path, name: null, requests, uncovered } };
}

/** Null for a file that configures other things: many are called so. */
export function readCondaEnvironment(
  path: string,
  bytes: Uint8Array,
): Result<CondaEnvironment | null> {
  if (path.endsWith('.toml')) {
    const read = readToml(bytes, LIMITS.dependencyFileBytesMax);
    return read.ok ? ok(readPixi(path, read.value.text, read.value.members)) : read;
  }
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const document = parseYaml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!document.ok) return document;
  const fields = takeObject(isJsonObject(document.value) ? document.value : undefined);
  const { dependencies } = fields;
  if (!Array.isArray(dependencies)) return ok(null);
  const findLine = createLineFinder(text.value);
  const needs = takeList(dependencies).flatMap((one) => readDependency(one, findLine));
  return ok({ path, needs, channels: takeTexts(fields['channels']) });
}

type LineFinder = (needle: string) => number;

/** A specification of conda, or the requirements of pip. */
function readDependency(value: JsonValue, findLine: LineFinder): readonly CondaNeed[] {
  if (typeof value === 'string') return [readSpecification(value, findLine(value))];
  return takeTexts(takeObject(value)['pip'])
    .filter((text) => !isPipOption(text))
    .map((text) => readPipNeed(text, findLine(text)));
}

/** An option requires nothing itself, and a requirements file that is called so is read. */
function isPipOption(text: string): boolean {
  const included = /^(?:-r|--requirement)[ =]{1,8}(\S{1,1000})$/.exec(text.trim())?.[1];
  if (included !== undefined) return isRequirementsFile(included);
  return /^(?:-c|-i|--(?!editable|requirement))/.test(text.trim());
}

/**
 * `channel::name=1.2=build`: with one sign a version stands for all that begin with it, unless a
 * build follows; with two, or behind a blank, it is one alone (conda, "package match
 * specifications").
 */
function readSpecification(text: string, line: number): CondaNeed {
  const at = text.lastIndexOf('::');
  const [channel = '', bare = text] =
    at === -1 ? ['', text] : [text.slice(0, at), text.slice(at + 2)];
  const spec = bare.replace(/^:/, '').trim();
  const name = takeFirstName(spec);
  const rest = spec.slice(name.length).trim();
  const [, exact, build] =
    /^(?:={1,2}|\s{0,8})([A-Za-z0-9._!+-]{1,200})(?:=|\s{1,8})([A-Za-z0-9._]{1,200})$/.exec(rest) ??
    [];
  const alone = /^(?:==\s{0,8})?([A-Za-z0-9._!+-]{1,200})$/.exec(rest)?.[1];
  const version = exact ?? alone ?? null;
  return {
    manager: 'conda',
    name: name === '' ? text : name,
    text,
    version: version !== null && isCondaVersion(version) ? version : null,
    isBuild: build !== undefined,
    channel: channel === '' ? null : channel,
    line,
  };
}

function readPipNeed(text: string, line: number): CondaNeed {
  const requirement = parseRequirement(text);
  const version = requirement === null ? null : findPinned(requirement.specifier);
  const none = { isBuild: false, channel: null };
  return { manager: 'pip', name: requirement?.name ?? text, text, version, ...none, line };
}

function readPixi(path: string, text: string, members: JsonObject): CondaEnvironment {
  const features = Object.values(takeObject(members['feature'])).map(takeObject);
  const tables = ['dependencies', 'host-dependencies', 'build-dependencies', 'pypi-dependencies'];
  const findLine = createLineFinder(text);
  const needs = [members, ...features].flatMap((table) =>
    tables.flatMap((key) =>
      Object.entries(takeObject(getOwn(table, key))).flatMap(([name, value]) => {
        const fields = takeObject(value);
        if (takeText(fields['path']) !== null) return [];
        const written = takeText(value) ?? takeText(fields['version']) ?? '*';
        const line = findLine(name);
        if (key === 'pypi-dependencies')
          return [{ ...readPipNeed(`${name}${written === '*' ? '' : written}`, line), name }];
        const spec = readSpecification(`${name} ${written === '*' ? '' : written}`.trim(), line);
        return [{ ...spec, channel: takeText(fields['channel']) }];
      }),
    ),
  );
  const workspace = takeObject(members['workspace'] ?? members['project']);
  return { path, needs, channels: takeTexts(workspace['channels']) };
}
