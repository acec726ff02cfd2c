import { gunzipSync } from 'node:zlib';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { type PurlParts, parsePurl } from '../../../../core/purl.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import type { PartReading } from '../../../../formats/program/part-reading.ts';
import type { Skip } from '../../component.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  NOTHING,
  type ProgramFile,
} from '../../extractor.ts';
import { quoteName } from '../../locked/locked-package.ts';
import { extractProgram } from '../../program-reader.ts';
import { NO_FILES } from '../../wanted-files.ts';
import { isVersion } from '../archive-name.ts';
import { isCoordinate } from '../lock/java-lock.ts';
import { findEmbeddedSbom } from './embedded-sbom.ts';

const BYTES_MAX = 32 * 1024 * 1024;
const REMEDY = 'Build it again: native-image --enable-sbom=embed.';
const SKIPS_MAX = 20;

/** What a program that GraalVM compiled was built from, as the SBOM in it says. */
export const nativeImage: Extractor = {
  name: 'native-image',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.archiveBytesMax,
  wants: NO_FILES,
  readProgram,
  extract: (file) => extractProgram(readProgram, file),
  yieldsToOwner: true,
};

function* readProgram({ path, layouts }: ProgramFile): PartReading<Extraction | null> {
  for (const layout of layouts) {
    const found = yield* findEmbeddedSbom(layout);
    if (found === null) continue;
    if (found.kind === 'packed') return listPackages(path, found.bytes);
    if (found.kind === 'unreadable') return refuse(path, found.why);
    return { ...NOTHING, identity: 'a native image of GraalVM, built without an SBOM' };
  }
  return null;
}

function refuse(path: string, why: string): Extraction {
  return { drafts: [], skips: [createSkip(path, 'MALFORMED', why, REMEDY)] };
}

function listPackages(path: string, packed: Uint8Array): Extraction {
  const sbom = unpack(packed);
  if (sbom === null) return refuse(path, 'its SBOM cannot be unpacked and read');
  const { metadata } = sbom;
  const main = isJsonObject(metadata) ? metadata['component'] : undefined;
  const listed = listObjects(sbom['components']);
  const needs = readNeeds(sbom);
  const drafts = new Map<string, Draft>();
  const skips: Skip[] = [];
  for (const component of [...(isJsonObject(main) ? [main] : []), ...listed]) {
    const draft = readComponent(path, component, needs);
    if (draft !== null) drafts.set(draft.key, draft);
    else if (component !== main && skips.length < SKIPS_MAX) {
      const name = component['name'];
      const what = quoteName(typeof name === 'string' ? name : '');
      const why = `its SBOM names ${what} without a group, a name and a version`;
      skips.push(createSkip(path, 'FACT_UNKNOWN', why, REMEDY));
    }
  }
  if (drafts.size === 0 && skips.length === 0) return refuse(path, 'its SBOM names no component');
  return { drafts: [...drafts.values()], skips };
}

function unpack(packed: Uint8Array): JsonObject | null {
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(packed, { maxOutputLength: BYTES_MAX });
  } catch {
    return null;
  }
  const json = parseJson(bytes, { bytesMax: BYTES_MAX });
  return json.ok && isJsonObject(json.value) ? json.value : null;
}

function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((one) => isJsonObject(one)) : [];
}

/** By reference: those of each component that it depends on. */
function readNeeds(sbom: JsonObject): ReadonlyMap<string, readonly string[]> {
  const needs = new Map<string, readonly string[]>();
  for (const { ref, dependsOn } of listObjects(sbom['dependencies'])) {
    const listed = Array.isArray(dependsOn) ? (dependsOn as readonly JsonValue[]) : [];
    if (typeof ref === 'string')
      needs.set(
        ref,
        listed.filter((one) => typeof one === 'string'),
      );
  }
  return needs;
}

/** Null where it does not say which package it is. */
function readComponent(
  path: string,
  component: JsonObject,
  needs: ReadonlyMap<string, readonly string[]>,
): Draft | null {
  const parts = readParts(component);
  if (parts === null) return null;
  const { name, version } = parts;
  const reference = component['bom-ref'];
  const key = typeof reference === 'string' ? reference : `${parts.namespace} ${name} ${version}`;
  return {
    ...{ key, parts, name, version, needs: needs.get(key) ?? [] },
    licenses: [],
    source: null,
    locations: [path],
    hashes: {},
    origin: null,
    development: false,
  };
}

type WholeParts = PurlParts & { readonly version: string };

function readParts({ purl, group, name, version }: JsonObject): WholeParts | null {
  const parsed = typeof purl === 'string' ? parsePurl(purl) : null;
  if (parsed?.ok === true && parsed.value.version !== null)
    return { ...parsed.value, version: parsed.value.version };
  if (!isCoordinate(group) || !isCoordinate(name)) return null;
  if (typeof version !== 'string' || !isVersion(version)) return null;
  return { type: 'maven', namespace: group, name, version, qualifiers: {}, subpath: null };
}
