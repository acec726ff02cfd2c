import { formatCount } from '../../../../core/count.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import type { Skip } from '../../component.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
  takeDirectory,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { isVersion } from '../archive-name.ts';

/** A `release` file, which every JDK and each runtime of jlink has in its own folder. */
export const javaRuntime: Extractor = {
  name: 'java-runtime',
  database: true,
  reads: ['root-file-system'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['release'], where: (path) => path.includes('/') }),
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const values = readRelease(orThrow(decodeUtf8(bytes)));
    const version = values.get('JAVA_VERSION');
    // Others have a file of this name too.
    if (version === undefined && !RUNTIME.test(path)) return NOTHING;
    const whole = values.get('JAVA_RUNTIME_VERSION') ?? values.get('JVM_VERSION') ?? version;
    if (!isVersion(whole)) {
      const why = 'a java-runtime is here, whose release file names no version';
      const remedy = 'Keep the release file of the runtime as it is.';
      return { drafts: [], skips: [createSkip(path, 'UNSUPPORTED', why, remedy)] };
    }
    const namespace = VENDORS.get(values.get('IMPLEMENTOR') ?? '') ?? null;
    return {
      drafts: [createRuntimeDraft(path, namespace, whole)],
      skips: listForeignModules(path, values),
    };
  },
  // mutant java-runtime-of-any-folder by java-runtime: value -> takeDirectory(path)
  findOwnFolder: (path) => (isHome(takeDirectory(path)) ? takeDirectory(path) : ''),
  yieldsToOwner: true,
};

/**
 * Modules that jlink put beside those of Java: the code of an application and of its libraries,
 * under names that are no coordinates, and without the files that would state some.
 */
function listForeignModules(path: string, values: ReadonlyMap<string, string>): readonly Skip[] {
  const isOfVendor = /GraalVM|Azul|BellSoft|JetBrains|IBM|Oracle/.test(
    values.get('IMPLEMENTOR') ?? '',
  );
  const foreign = (values.get('MODULES') ?? '')
    .split(/[ ,]+/)
    .filter((name) => name !== '' && !OWN_MODULE.test(name))
    .filter((name) => !isOfVendor || !VENDOR_MODULE.test(name));
  const [first] = foreign;
  // mutant modules-linked-into-a-java-runtime by java-runtime: condition -> true
  if (first === undefined) return [];
  const named = foreign.slice(0, MODULES_SHOWN).map((name) => JSON.stringify(name.slice(0, 100)));
  const more = foreign.length > MODULES_SHOWN ? ', …' : '';
  const why =
    `${formatCount(foreign.length, 'module')} that ${foreign.length === 1 ? 'is' : 'are'} not of ` +
    `Java ${foreign.length === 1 ? 'is' : 'are'} linked into this runtime, and nothing there ` +
    `says of which packages: ${named.join(', ')}${more}`;
  const remedy = 'Take the inventory of what was linked, and attach it too.';
  return [createSkip(path, 'FACT_UNKNOWN', why, remedy)];
}

const MODULES_SHOWN = 5;
const OWN_MODULE = /^(?:java|jdk)\./;
/** What vendors add to their builds; elsewhere these are packages of their own. */
const VENDOR_MODULE =
  /^(?:javafx|org\.graalvm|com\.oracle|com\.azul|com\.ibm|openj9)\.|^(?:jcef|gluegen\.rt|jogl\.all)$/;

/** A release file somewhere below a folder that is called after Java. */
const RUNTIME =
  /(?:^|\/)[^/]{0,60}(?:jdk|jre|java|jvm|corretto|temurin|zulu|graalvm|semeru|liberica)[^/]{0,60}\/(?:[^/]{1,60}\/){0,4}release$/i;

/** A folder that is called after Java: all below it is the runtime, and nothing else. */
export function isHome(folder: string): boolean {
  return /(?:^|\/)[^/]{0,60}(?:jdk|jre|java|jvm|corretto|temurin|zulu|graalvm|semeru|liberica)[^/]{0,60}$/i.test(
    folder,
  );
}

/** Lines of NAME="value". */
function readRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^([A-Z][A-Z_]{0,60})="([^"]*)"$/.exec(line.trimEnd()) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return values;
}

/** The vendors that write `IMPLEMENTOR`, as the namespace of a purl; others are not named. */
const VENDORS: ReadonlyMap<string, string> = new Map([
  ['Eclipse Adoptium', 'eclipse'],
  ['Eclipse Foundation', 'eclipse'],
  ['AdoptOpenJDK', 'adoptopenjdk'],
  ['Oracle Corporation', 'oracle'],
  ['Amazon.com Inc.', 'amazon'],
  ['Azul Systems, Inc.', 'azul'],
  ['BellSoft', 'bellsoft'],
  ['Microsoft', 'microsoft'],
  ['Red Hat, Inc.', 'redhat'],
  ['SAP SE', 'sap'],
  ['IBM Corporation', 'ibm'],
  ['GraalVM Community', 'graalvm'],
  ['JetBrains s.r.o.', 'jetbrains'],
  ['Debian', 'debian'],
  ['Ubuntu', 'ubuntu'],
  ['Alibaba', 'alibaba'],
]);

export function createRuntimeDraft(path: string, namespace: string | null, version: string): Draft {
  return {
    key: path,
    parts: {
      type: 'generic',
      namespace,
      name: 'openjdk',
      version,
      qualifiers: {},
      subpath: null,
    },
    name: 'openjdk',
    version,
    licenses: [],
    source: null,
    locations: [path],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
  };
}
