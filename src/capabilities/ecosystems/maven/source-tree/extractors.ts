import { LIMITS } from '../../../../core/limits.ts';
import { orThrow, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { createSkip, type Extraction, type Extractor, type FoundFile } from '../../extractor.ts';
import { type WantedFiles, wantFiles } from '../../wanted-files.ts';
import { isBuildScript, readBuildScript } from '../gradle/build-script.ts';
import { isCatalogue, readCatalogue } from '../gradle/catalogue.ts';
import { isGradleLock, readGradleLock } from '../gradle/gradle-lock.ts';
import { readNebulaLock } from '../gradle/nebula-lock.ts';
import { readVerification } from '../gradle/verification.ts';
import { isIvyFile, readIvyFile } from '../ivy/ivy-file.ts';
import type { JavaLock } from '../lock/java-lock.ts';
import { readMavenLockfile } from '../lock/maven-lockfile.ts';
import { readMavenConfig } from '../pom/pom-tree.ts';
import { readPom } from '../pom/read-pom.ts';
import { readProperties } from '../properties.ts';
import { readSbtLock } from '../sbt/sbt-lock.ts';
import { isSbtScript, readSbtScript } from '../sbt/sbt-script.ts';
import { JavaDocument, type JavaSource } from './java-document.ts';

/** How one kind of file of a source tree is read. */
export interface JavaFileKind {
  readonly name: string;
  /** Whether packages are listed by it. */
  readonly database: boolean;
  readonly bytesMax: number;
  readonly wants: WantedFiles;
  /** Null for a file of another tool with the same name. */
  read(path: string, bytes: Uint8Array): Result<JavaSource | null>;
}

const small = { database: false, bytesMax: LIMITS.dependencyFileBytesMax };
const lock = { database: true, bytesMax: LIMITS.fileBytesMax };

/** The files of a source tree that say something about Java packages. */
export const JAVA_FILES: readonly JavaFileKind[] = [
  {
    ...small,
    name: 'maven-pom',
    database: true,
    wants: wantFiles({ names: ['pom.xml'], endings: ['.pom'] }),
    read: (path, bytes) => mapResult(readPom(path, bytes), (pom) => ({ kind: 'pom', pom })),
  },
  {
    ...small,
    name: 'maven-config',
    wants: wantFiles({ names: ['.mvn/maven.config'] }),
    read: (_, bytes) =>
      mapResult(decodeUtf8(bytes), (text) => ({
        kind: 'maven-config',
        given: readMavenConfig(text),
      })),
  },
  {
    ...lock,
    name: 'maven-lockfile',
    wants: wantFiles({ names: ['lockfile.json'] }),
    read: (path, bytes) => mapResult(readMavenLockfile(path, bytes), toLock),
  },
  {
    ...lock,
    name: 'gradle-lock',
    wants: isGradleLock,
    read: (path, bytes) => mapResult(readGradleLock(path, bytes), toLock),
  },
  {
    ...lock,
    name: 'nebula-lock',
    wants: wantFiles({ names: ['dependencies.lock'] }),
    read: (path, bytes) => mapResult(readNebulaLock(path, bytes), toLock),
  },
  {
    ...lock,
    name: 'sbt-lock',
    wants: wantFiles({ names: ['build.sbt.lock'] }),
    read: (path, bytes) => mapResult(readSbtLock(path, bytes), toLock),
  },
  {
    ...small,
    name: 'gradle-script',
    wants: isBuildScript,
    read: (path, bytes) =>
      mapResult(readBuildScript(path, bytes), (script) => ({ kind: 'script', script })),
  },
  {
    ...small,
    name: 'sbt-script',
    wants: isSbtScript,
    read: (path, bytes) =>
      mapResult(readSbtScript(path, bytes), (script) => ({ kind: 'script', script })),
  },
  {
    ...small,
    name: 'ivy',
    wants: isIvyFile,
    read: (path, bytes) =>
      mapResult(readIvyFile(path, bytes), (script) => ({ kind: 'script', script })),
  },
  {
    ...small,
    name: 'gradle-catalogue',
    wants: isCatalogue,
    read: (path, bytes) =>
      mapResult(readCatalogue(path, bytes), (catalogue) => ({ kind: 'catalogue', catalogue })),
  },
  {
    ...small,
    name: 'gradle-properties',
    wants: wantFiles({ names: ['gradle.properties'] }),
    read: (_, bytes) =>
      mapResult(decodeUtf8(bytes), (text) => ({
        kind: 'properties',
        values: readProperties(text),
      })),
  },
  {
    ...lock,
    database: false,
    name: 'gradle-verification',
    wants: wantFiles({ names: ['verification-metadata.xml'] }),
    read: (_, bytes) =>
      mapResult(readVerification(bytes), (hashes) => ({ kind: 'hashes', hashes })),
  },
];

/** One extractor a kind: what they read counts when all are read (`combineJavaFiles`). */
export const javaSourceExtractors: readonly Extractor[] = JAVA_FILES.map(
  ({ name, database, bytesMax, wants, read }) => ({
    name,
    database,
    reads: ['source-tree'],
    bytesMax,
    wants,
    extract: ({ path, bytes }: FoundFile): Extraction => {
      const source = orThrow(read(path, bytes));
      if (source !== null) return { drafts: [], skips: [], document: new JavaDocument(source) };
      const why = 'it is a lock of a tool that this version does not read';
      const remedy = 'Take its inventory with another tool and attach it too.';
      return { drafts: [], skips: [createSkip(path, 'UNSUPPORTED', why, remedy)] };
    },
  }),
);

function toLock(read: JavaLock | null): JavaSource | null {
  return read === null ? null : { kind: 'lock', lock: read };
}

function mapResult<T, U>(result: Result<T>, map: (value: T) => U): Result<U> {
  return result.ok ? { ok: true, value: map(result.value) } : result;
}
