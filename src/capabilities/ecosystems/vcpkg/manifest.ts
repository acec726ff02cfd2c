import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { createSkip, type PackageRequest } from '../extractor.ts';
import { createLineFinder, quoteName } from '../locked/locked-package.ts';
import { isPortName, type Port, parsePortVersion } from './port.ts';
import { type PortRegistries, readRegistries } from './registries.ts';

const REMEDY = 'Write it as vcpkg reads it: vcpkg format-manifest --all.';

export interface PortRequest extends PackageRequest {
  readonly development: boolean;
  /** From 1. */
  readonly line: number;
}

/** vcpkg.json: what a project requires, and what fixes the versions. */
export interface PortManifest {
  readonly name: string | null;
  readonly version: string | null;
  readonly requests: readonly PortRequest[];
  readonly overrides: ReadonlyMap<string, Port>;
  /** The commit of vcpkg's own registry; null where none is named. */
  readonly baseline: string | null;
  /** Null where the manifest itself has no configuration. */
  readonly registries: PortRegistries | null;
  readonly problems: readonly Skip[];
}

/** Reads vcpkg.json (learn.microsoft.com, "vcpkg.json Reference"). */
export function readPortManifest(file: string, bytes: Uint8Array): Result<PortManifest> {
  const json = parseJson(bytes, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  if (!isJsonObject(json.value)) return fail('MALFORMED', `${file} is not an object`, REMEDY);
  const manifest = json.value;
  const problems: string[] = [];
  const requests = readRequests(manifest, text.value, problems);
  const configuration = manifest['vcpkg-configuration'] ?? manifest['configuration'];
  const registries = configuration === undefined ? null : readRegistries(file, configuration);
  const { name } = manifest;
  return ok({
    name: isPortName(name) ? name : null,
    version: readVersion(manifest),
    requests,
    overrides: readOverrides(manifest['overrides'], problems),
    baseline: readCommit(manifest['builtin-baseline']),
    registries,
    problems: [
      ...problems.slice(0, PROBLEMS_MAX).map((why) => createSkip(file, 'MALFORMED', why, REMEDY)),
      ...(registries?.problems ?? []),
    ],
  });
}

const PROBLEMS_MAX = 20;

/** Only a whole commit fixes anything. */
function readCommit(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && /^[0-9a-f]{40}$/i.test(value) ? value.toLowerCase() : null;
}

function readVersion(holder: JsonObject): string | null {
  for (const key of ['version', 'version-semver', 'version-date', 'version-string']) {
    const version = parsePortVersion(getOwn(holder, key));
    if (version !== null) return version.version;
  }
  return null;
}

/** Those of the project, and those of its features, which are built only where they are chosen. */
function readRequests(
  manifest: JsonObject,
  text: string,
  problems: string[],
): readonly PortRequest[] {
  const findLine = createLineFinder(text);
  const read = (list: JsonValue | undefined, isOptional: boolean): readonly PortRequest[] =>
    listValues(list, 'dependencies', problems).flatMap((one) => {
      const request = readRequest(one, isOptional);
      if (request !== null) return [{ ...request, line: findLine(JSON.stringify(request.name)) }];
      problems.push(`the dependency ${quoteName(JSON.stringify(one))} has no name of a port`);
      return [];
    });
  const { features } = manifest;
  const ofFeatures = isJsonObject(features) ? Object.values(features) : [];
  const listed = Array.isArray(features) ? (features as readonly JsonValue[]) : ofFeatures;
  return [
    ...read(manifest['dependencies'], false),
    ...listed.flatMap((one) => (isJsonObject(one) ? read(one['dependencies'], true) : [])),
  ];
}

function listValues(
  value: JsonValue | undefined,
  what: string,
  problems: string[],
): readonly JsonValue[] {
  if (Array.isArray(value)) return value as readonly JsonValue[];
  if (value !== undefined) problems.push(`its ${what} are no list`);
  return [];
}

function readRequest(value: JsonValue, isOptional: boolean): Omit<PortRequest, 'line'> | null {
  const entry: JsonObject = isJsonObject(value) ? value : { name: value };
  const { name, host, platform } = entry;
  if (!isPortName(name)) return null;
  const minimum = entry['version>='];
  return {
    name,
    spec: typeof minimum === 'string' ? `>=${minimum.slice(0, 200)}` : '*',
    kind: isOptional || platform !== undefined ? 'optional' : 'required',
    // Such a port is a tool of the build.
    development: host === true,
  };
}

function readOverrides(
  value: JsonValue | undefined,
  problems: string[],
): ReadonlyMap<string, Port> {
  const overrides = new Map<string, Port>();
  for (const one of listValues(value, 'overrides', problems)) {
    const read = isJsonObject(one) ? readOverride(one) : null;
    if (read === null) problems.push(`the override ${quoteName(JSON.stringify(one))} is none`);
    else overrides.set(read.name, read);
  }
  return overrides;
}

function readOverride(entry: JsonObject): Port | null {
  const { name } = entry;
  const written = ['version', 'version-semver', 'version-date', 'version-string']
    .map((key) => getOwn(entry, key))
    .find((one) => one !== undefined);
  const version = parsePortVersion(written);
  const revision = entry['port-version'] ?? version?.portVersion;
  if (!isPortName(name) || version === null || !Number.isSafeInteger(revision)) return null;
  const portVersion = Number(revision);
  return portVersion < 0 ? null : { name, version: version.version, portVersion };
}
