import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { takeBaseName } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { isVersion } from '../archive-name.ts';
import { isCoordinate, type JavaLock, type LockedArtifact } from '../lock/java-lock.ts';

/** A folder with one file for each configuration: the form of Gradle 4.8 to 6. */
const OLD_FOLDER = /(?:^|\/)gradle\/dependency-locks\/[^/]+\.lockfile$/;

export const isGradleLock = wantFiles(
  {
    names: ['gradle.lockfile', 'buildscript-gradle.lockfile', 'settings-gradle.lockfile'],
    endings: ['.gradle.lockfile'],
  },
  { endings: ['.lockfile'], where: OLD_FOLDER },
);

/** Whether a lock is of the build itself, and not of what is built. */
function isOfBuild(path: string): boolean {
  return /^(?:(?:buildscript|settings)-gradle|buildscript-.*)\.lockfile$/.test(takeBaseName(path));
}

/**
 * Configurations that reach nobody who runs the result: what tests, generates or checks. All others
 * count as shipped, whatever they are called.
 */
const DEVELOPMENT =
  /test|annotationprocessor|kapt|^ksp|checkstyle|pmd|spotbugs|jacoco|ktlint|detekt|^developmentonly$|^lint|errorprone|^kotlin(?:compiler|build|klib|native)|^zinc$|^incrementalscala|^checkerframework|^asciidoctor|^dokka|^jmh|benchmark/i;

export function isDevelopmentConfiguration(name: string): boolean {
  return DEVELOPMENT.test(name);
}

const REMEDY = 'Write it again: gradle dependencies --write-locks';

/** Lines of `group:name:version=configurations`; in the old form without configurations. */
export function readGradleLock(path: string, bytes: Uint8Array): Result<JavaLock> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const old = OLD_FOLDER.test(path) ? takeBaseName(path).replace(/\.lockfile$/, '') : null;
  const artifacts: LockedArtifact[] = [];
  for (const [at, raw] of text.value.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith('empty=')) continue;
    const [coordinates = '', configurations] = line.split('=', 2);
    const [group, artifact, version, ...more] = coordinates.split(':');
    if (!isCoordinate(group) || !isCoordinate(artifact) || !isVersion(version) || more.length > 0)
      return fail('MALFORMED', `line ${at + 1} names no artifact with a version`, REMEDY);
    const used = old === null ? (configurations ?? '').split(',') : [old];
    artifacts.push({
      group,
      artifact,
      version,
      classifier: null,
      hashes: {},
      address: null,
      development: isOfBuild(path) || used.every(isDevelopmentConfiguration),
      direct: null,
      needs: [],
      line: at + 1,
    });
  }
  return ok({ path, tool: 'gradle', project: null, gap: null, artifacts });
}
