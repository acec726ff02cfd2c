import { ok, type Result } from '../../../../core/result.ts';
import { readStatements } from './read-statements.ts';
import type { ComponentElement, DocumentElement, StatedSbom, Statement } from './statement.ts';

/** What is asked of an SBOM by somebody who says what one must have. */
interface Profile {
  readonly title: string;
  readonly document: readonly DocumentElement[];
  readonly component: readonly ComponentElement[];
}

/** The profiles, by the word after `--profile`. */
export const SBOM_PROFILES = {
  ntia: {
    title: 'NTIA minimum elements (2021)',
    document: ['author or tool', 'time'],
    component: ['supplier', 'name', 'version', 'identifier', 'relationship'],
  },
  'cisa-2025': {
    title: 'CISA minimum elements, draft of 2025',
    document: ['author', 'time', 'tool', 'context'],
    component: ['supplier', 'name', 'version', 'identifier', 'hash', 'licence', 'relationship'],
  },
  bsi: {
    title: 'BSI TR-03183-2, version 2.1',
    document: ['author contact', 'time', 'BSI format'],
    component: [
      'supplier contact',
      'name',
      'version',
      'file name',
      'relationship',
      'licence',
      'SHA-512',
      'executable',
      'archive',
      'structured',
    ],
  },
} as const satisfies Readonly<Record<string, Profile>>;

export type SbomProfile = keyof typeof SBOM_PROFILES;

/** One element of a profile, over the document or all of its components. */
export interface ElementCheck {
  readonly element: string;
  readonly of: 'document' | 'component';
  /** The worst that was found. */
  readonly state: Statement;
  readonly stated: number;
  /** Said to be unknown, as `NOASSERTION` says it. */
  readonly unknown: number;
  readonly missing: number;
  /** The first components without it. */
  readonly examples: readonly string[];
}

export interface ProfileCheck {
  readonly profile: SbomProfile;
  readonly title: string;
  readonly isMet: boolean;
  readonly elements: readonly ElementCheck[];
}

const EXAMPLES_MAX = 5;

/**
 * What an SBOM has of what each profile asks for. A component about which something is said to be
 * unknown has the element: CISA asks for that rather than for silence.
 *
 * @example checkSbom(bytes, ['ntia'])
 */
export function checkSbom(
  bytes: Uint8Array,
  profiles: readonly SbomProfile[],
): Result<readonly ProfileCheck[]> {
  const stated = readStatements(bytes);
  return stated.ok ? ok(profiles.map((name) => checkProfile(stated.value, name))) : stated;
}

function checkProfile(stated: StatedSbom, profile: SbomProfile): ProfileCheck {
  const { title, document, component } = SBOM_PROFILES[profile];
  const elements = [
    ...document.map((element) => checkDocument(stated, element)),
    ...component.map((element) => checkComponents(stated, element)),
  ];
  // mutant sbom-without-an-element by sbom-commands: value -> true
  const isMet = elements.every(({ state }) => state !== 'missing');
  return { profile, title, isMet, elements };
}

function checkDocument({ says }: StatedSbom, element: DocumentElement): ElementCheck {
  const state = says.get(element) ?? 'missing';
  const count = (one: Statement): number => (state === one ? 1 : 0);
  const counts = { stated: count('stated'), unknown: count('unknown'), missing: count('missing') };
  return { element, of: 'document', state, ...counts, examples: [] };
}

/** A list of nothing has nothing of any component. */
function checkComponents({ components }: StatedSbom, element: ComponentElement): ElementCheck {
  const counts = { stated: 0, unknown: 0, missing: 0 };
  const examples: string[] = [];
  for (const { label, says } of components) {
    const state = says.get(element) ?? 'missing';
    counts[state] += 1;
    if (state === 'missing' && examples.length < EXAMPLES_MAX) examples.push(label.slice(0, 100));
  }
  const isSilent = counts.missing > 0 || components.length === 0;
  const state = isSilent ? 'missing' : counts.unknown > 0 ? 'unknown' : 'stated';
  return { element, of: 'component', state, ...counts, examples };
}
