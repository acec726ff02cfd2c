import { createHash } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parsePurl } from '../../../core/purl.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { type ArchiveName, chooseVersion, isVersion } from './archive-name.ts';
import { KNOWN_PUBLISHERS, type KnownPublisher } from './known-publishers.ts';
import type { MavenCoordinates } from './pom/coordinates.ts';

/** What is known of an archive that has no Maven coordinates in it. */
export interface ArchiveEvidence {
  /** Its path, with `!/` between archive and member. */
  readonly location: string;
  readonly name: ArchiveName;
  readonly manifest: ReadonlyMap<string, string>;
  readonly holdsFolder: (folder: string) => boolean;
  readonly holdsClasses: boolean;
  /** What an SBOM in an archive around it says, by digest of the content: `sha256:…`. */
  readonly listed: ReadonlyMap<string, MavenCoordinates>;
  readonly digest: (algorithm: string) => string;
}

/**
 * The coordinates of an archive, where something in it or around it is certain: null where only its
 * name is known, because many groups have an artifact of one name.
 */
export function identifyArchive(evidence: ArchiveEvidence): MavenCoordinates | null {
  return (
    findListed(evidence) ??
    parsePluginTitle(evidence) ??
    parseScalaVendor(evidence) ??
    parseRepositoryPath(evidence) ??
    findKnown(evidence)
  );
}

/** Its content has a digest that an SBOM around it names. */
function findListed({ listed, digest }: ArchiveEvidence): MavenCoordinates | null {
  for (const algorithm of new Set([...listed.keys()].map((key) => key.split(':', 1)[0] ?? ''))) {
    const found = listed.get(`${algorithm}:${digest(algorithm)}`);
    if (found !== undefined) return found;
  }
  return null;
}

/** A plug-in of Gradle writes `group#artifact;version` as the title of what it builds. */
function parsePluginTitle({ name, manifest }: ArchiveEvidence): MavenCoordinates | null {
  const title = manifest.get('implementation-title') ?? '';
  const [, group, artifact, version] =
    /^([\w.-]{1,200})#([\w.-]{1,200});([\w.+-]{1,200})$/.exec(title) ?? [];
  if (group === undefined || artifact === undefined || !isVersion(version)) return null;
  // mutant archive-title-of-another by archive-evidence: condition -> false
  if (artifact !== name.stem || (name.version !== null && name.version !== version)) return null;
  return { group, artifact, version };
}

/** sbt writes the organisation as vendor and as its ID, and the name as the title. */
function parseScalaVendor({ name, manifest }: ArchiveEvidence): MavenCoordinates | null {
  const [title, version, vendor, group] = ['title', 'version', 'vendor', 'vendor-id'].map((key) =>
    manifest.get(`implementation-${key}`),
  );
  const artifact = /^(.+)_(?:2\.1\d|3)$/.exec(name.stem)?.[1];
  if (artifact === undefined || title !== artifact || group === undefined) return null;
  if (vendor !== group || !isVersion(version) || version !== name.version) return null;
  return /^[a-z][\w-]*(?:\.[\w-]+)+$/.test(group) ? { group, artifact: name.stem, version } : null;
}

/** The local repository of Maven, and the store of Gradle, name the group in the path. */
function parseRepositoryPath({ location, name }: ArchiveEvidence): MavenCoordinates | null {
  const place = location.slice(location.lastIndexOf('!/') + 1);
  const segments = place.split('/');
  const maven = segments.lastIndexOf('repository');
  const [version, artifact] = [segments.at(-2), segments.at(-3)];
  if (maven > 0 && segments[maven - 1] === '.m2' && segments.length - maven > 4) {
    const group = segments.slice(maven + 1, -3).join('.');
    return name.stem === artifact && name.version === version && isVersion(version)
      ? { group, artifact, version }
      : null;
  }
  const gradle = segments.lastIndexOf('files-2.1');
  const [group, stored, kept] = segments.slice(gradle + 1);
  if (gradle === -1 || segments.length - gradle !== 6 || group === undefined) return null;
  return stored === name.stem && kept === name.version && isVersion(kept)
    ? { group, artifact: stored, version: kept }
    : null;
}

function findKnown(evidence: ArchiveEvidence): MavenCoordinates | null {
  const version = chooseVersion(evidence.name, evidence.manifest);
  if (version === null || !/^\d/.test(version)) return null;
  const known = KNOWN_PUBLISHERS.find((one) => fitsPublisher(one, evidence, version));
  return known === undefined ? null : { group: known.group, artifact: evidence.name.stem, version };
}

function fitsPublisher(
  { artifact, header, folder, version: versions }: KnownPublisher,
  { name, manifest, holdsFolder, holdsClasses }: ArchiveEvidence,
  version: string,
): boolean {
  if (!artifact.test(name.stem) || versions?.test(version) === false) return false;
  if (header === null) return holdsFolder(folder);
  const [key, fits] = header;
  const said = manifest.get(key)?.split(';', 1)[0]?.trim();
  // mutant known-archive-by-its-name-alone by archive-evidence: condition -> false
  if (said === undefined || !fits(said, name.stem)) return false;
  return !holdsClasses || holdsFolder(folder);
}

const DIGEST_FORMS: ReadonlyMap<JsonValue | undefined, readonly [string, number]> = new Map([
  ['SHA-1', ['sha1', 40] as const],
  ['SHA-256', ['sha256', 64] as const],
  ['SHA-512', ['sha512', 128] as const],
]);

/** Where builds put the SBOM of an application into its archive. */
export function isInnerSbom(name: string): boolean {
  return /^(?:(?:BOOT|WEB)-INF\/classes\/)?META-INF\/sbom\/[^/]+\.json$/.test(name);
}

/** The Maven packages of a CycloneDX document with digests; nothing for another document. */
export function listInnerSbom(bytes: Uint8Array): ReadonlyMap<string, MavenCoordinates> {
  const listed = new Map<string, MavenCoordinates>();
  const parsed = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  const document = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  const components = document['bomFormat'] === 'CycloneDX' ? document['components'] : [];
  for (const component of Array.isArray(components) ? components : []) {
    if (!isJsonObject(component) || typeof component['purl'] !== 'string') continue;
    const purl = parsePurl(component['purl']);
    if (!purl.ok || purl.value.type !== 'maven') continue;
    const { namespace: group, name: artifact, version } = purl.value;
    if (group === null || !isVersion(version)) continue;
    for (const hash of Array.isArray(component['hashes']) ? component['hashes'] : []) {
      if (!isJsonObject(hash) || typeof hash['content'] !== 'string') continue;
      const [algorithm, length] = DIGEST_FORMS.get(hash['alg']) ?? [];
      const content = hash['content'].toLowerCase();
      if (algorithm !== undefined && content.length === length)
        listed.set(`${algorithm}:${content}`, { group, artifact, version });
    }
  }
  return listed;
}

/** Digests of one content, each made once. */
export function createDigester(content: Uint8Array): (algorithm: string) => string {
  const made = new Map<string, string>();
  return (algorithm) => {
    const known = made.get(algorithm) ?? createHash(algorithm).update(content).digest('hex');
    made.set(algorithm, known);
    return known;
  };
}
