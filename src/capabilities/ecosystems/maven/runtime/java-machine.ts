import type { PartReading } from '../../../../formats/program/part-reading.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type ProgramFile,
  takeBaseName,
} from '../../extractor.ts';
import { findConstants } from '../../program-constants.ts';
import { createProgramExtractor } from '../../program-reader.ts';
import { isVersion } from '../archive-name.ts';
import { createRuntimeDraft, isHome } from './java-runtime.ts';

/**
 * The virtual machine of a Java runtime by what it says of its own build: a runtime that was copied
 * into an image may lack its `release` file. One with such a file is described by that.
 */
export const javaMachine: Extractor = {
  ...createProgramExtractor('java-machine', readProgram),
  findOwnFolder: (path) => {
    const home = findHome(path);
    return home !== null && isHome(home) ? home : '';
  },
};

/** As `java -Xinternalversion` prints it: that of the machine, then that of the whole runtime. */
const BUILD = {
  before: 'Server VM (',
  version: /^[^()\0]{1,100}\) for [\w-]{1,40} JRE \(([^()\s]{1,100})\)/,
} as const;

function* readProgram({ path, size, layouts }: ProgramFile): PartReading<Extraction | null> {
  if (!/^(?:libjvm\.(?:so|dylib)|jvm\.dll)$/.test(takeBaseName(path))) return null;
  const [version, other] = yield* findConstants(BUILD, layouts, size);
  if (version === undefined) return null;
  // mutant java-machine-of-two-versions by java-machine: condition -> !isVersion(version)
  if (other !== undefined || !isVersion(version)) {
    const why = 'a java-runtime is here, whose machine names no one version';
    return { drafts: [], skips: [createSkip(path, 'FACT_UNKNOWN', why, 'Install it whole.')] };
  }
  return {
    drafts: [createRuntimeDraft(path, null, version)],
    skips: [],
    notes: [`${path} is openjdk ${version}, identified by its content`],
  };
}

const PLACE =
  /(?:^|\/)(?:jre\/)?(?:lib|bin)\/(?:[a-z0-9_]{1,20}\/)?(?:server|client|minimal|zero)\/(?:lib)?jvm\.(?:so|dylib|dll)$/;

/** The folder of the runtime, by where its machine is in it; null for another place. */
export function findHome(path: string): string | null {
  const at = PLACE.exec(path)?.index;
  return at === undefined || at === 0 ? null : path.slice(0, at);
}
