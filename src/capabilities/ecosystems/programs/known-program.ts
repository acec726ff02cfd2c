import type { PartReading } from '../../../formats/program/part-reading.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type ProgramFile,
  takeBaseName,
} from '../extractor.ts';
import { findConstants } from '../program-constants.ts';
import { createProgramExtractor } from '../program-reader.ts';
import { createProgramDraft } from './program-draft.ts';
import { PROGRAM_RULES } from './rules.ts';

/** Programs that no package manager installed, by what they say of themselves. */
export const knownProgram: Extractor = createProgramExtractor('known-program', readProgram);

/** Only a program with the name of one of the rules is looked into. */
function* readProgram({ path, size, layouts }: ProgramFile): PartReading<Extraction | null> {
  const base = takeBaseName(path);
  const rule = PROGRAM_RULES.find(({ file }) => file.test(base));
  if (rule === undefined) return null;
  const [version, other] = yield* findConstants(rule, layouts, size);
  if (version === undefined) return null;
  // mutant program-of-two-versions by known-program: condition -> false
  if (other !== undefined) {
    const why = `it is called ${base} and names several versions: ${version}, ${other}`;
    const remedy = 'Install it as a package.';
    return { drafts: [], skips: [createSkip(path, 'FACT_UNKNOWN', why, remedy)] };
  }
  return {
    drafts: [
      createProgramDraft({ name: rule.name, version, path, licence: rule.findLicence(version) }),
    ],
    skips: [],
    notes: [`${path} is ${rule.name} ${version}, identified by its content`],
  };
}
