import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import { type Extraction, type Extractor, NOTHING, takeBaseName } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { createWingetDraft, isVersionText, isWingetId } from './winget-draft.ts';

/** One file of a manifest; the files of one package and version say different things of it. */
export interface WingetManifest {
  readonly id: string;
  readonly version: string;
  readonly licenses: readonly string[];
  /** Of the one archive that it installs; null where there are several or none. */
  readonly installer: { readonly url: string | null; readonly sha256: string | null } | null;
}

const REMEDY = 'Check it: winget validate.';

/** `ID.installer.yaml`, `ID.locale.en-US.yaml`, `ID.yaml` below `manifests/p/Publisher/…`. */
export function isManifest(path: string): boolean {
  const base = takeBaseName(path);
  if (/\.installer\.ya?ml$/i.test(base) || /^winget[^/]*\.ya?ml$/i.test(base)) return true;
  return /(?:^|\/)manifests\/[0-9a-z]\/(?:[^/]+\/){3,}[^/]+\.ya?ml$/i.test(path);
}

/** A manifest of version 1.x (winget-cli, `schemas/JSON/manifests`); null for another file. */
export function readManifest(file: string, bytes: Uint8Array): Result<WingetManifest | null> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const parsed = parseYaml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!parsed.ok)
    return fail('MALFORMED', `${file}: ${parsed.failure.message}`, REMEDY, parsed.failure);
  const root = isJsonObject(parsed.value) ? parsed.value : {};
  if (root['ManifestType'] === undefined && root['PackageIdentifier'] === undefined)
    return ok(null);
  if (!/^1\.\d/.test(readScalar(text.value, 'ManifestVersion') ?? ''))
    return fail('UNSUPPORTED', `${file}: its ManifestVersion is not 1.x`, REMEDY);
  const id = root['PackageIdentifier'];
  // A version such as 2.50 is a number of YAML, and loses its zero.
  const version = readScalar(text.value, 'PackageVersion');
  if (!isWingetId(id) || version === null || !isVersionText(version))
    return fail('MALFORMED', `${file} has no usable identifier and version`, REMEDY);
  const expression = typeof root['License'] === 'string' ? toSpdxExpression(root['License']) : null;
  const licenses = expression === null ? [] : [expression];
  return ok({ id, version, licenses, installer: readInstaller(root['Installers']) });
}

/** The text of a plain value in the outermost object. */
function readScalar(text: string, key: string): string | null {
  const line = text.split('\n').find((one) => one.startsWith(`${key}:`));
  const value = line?.slice(key.length + 1).trim() ?? '';
  const quoted = /^(?:"([^"\\]*)"|'([^']*)')/.exec(value);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? null;
  const comment = value.indexOf(' #');
  return (comment === -1 ? value : value.slice(0, comment)).trim() || null;
}

function readInstaller(installers: JsonValue | undefined): WingetManifest['installer'] {
  const all = Array.isArray(installers) ? (installers as readonly JsonValue[]) : [];
  const found = all.filter(isJsonObject).map(readOne);
  const hashes = new Set(found.map(({ sha256 }) => sha256));
  return hashes.size === 1 ? (found[0] ?? null) : null;
}

function readOne({ InstallerUrl: url, InstallerSha256: hash }: JsonObject): {
  readonly url: string | null;
  readonly sha256: string | null;
} {
  const isHash = typeof hash === 'string' && /^[0-9a-f]{64}$/i.test(hash);
  const isUrl = typeof url === 'string' && /^https:\/\/[^@?#]{1,2000}$/.test(url);
  return { url: isUrl ? url : null, sha256: isHash ? hash.toLowerCase() : null };
}

export const wingetManifest: Extractor = {
  name: 'winget-manifest',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ endings: ['.yaml', '.yml'], ignoresCase: true, where: isManifest }),
  extract: ({ path, bytes }): Extraction => {
    const manifest = orThrow(readManifest(path, bytes));
    if (manifest === null) return NOTHING;
    const { id, version, licenses, installer } = manifest;
    const sha256 = installer?.sha256 ?? null;
    const draft = createWingetDraft({
      ...{ id, version, licenses, location: path, origin: installer?.url ?? null },
      hashes: sha256 === null ? {} : { sha256 },
    });
    return { drafts: [draft], skips: [] };
  },
};
