import type { Draft } from '../extractor.ts';

export interface IdentifiedProgram {
  /** As package URLs call its project. */
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly licence: string;
}

export function createProgramDraft({ name, version, path, licence }: IdentifiedProgram): Draft {
  const parts = { type: 'generic', namespace: null, name, version, qualifiers: {}, subpath: null };
  return {
    key: `${name} ${version}`,
    parts,
    name,
    version,
    licenses: [licence],
    source: null,
    locations: [path],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
  };
}
