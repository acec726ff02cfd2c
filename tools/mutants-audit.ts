import type { Mutant } from './mutants.ts';

const known = ['src/phases/operate/known-content.test.ts'];
const doubt = ['src/adapters/graph-sql/write/doubtful-observation.test.ts'];
const memory = ['src/capabilities/signing/chain-memory.test.ts'];

const KNOWN = 'src/phases/operate/known-content.ts';
const PATIENCE = 'src/phases/operate/patience.ts';
const DOUBT = 'src/adapters/graph-sql/write/doubtful-observation.ts';
const CHAIN = 'src/capabilities/signing/chain.ts';

/** The guards of what an audit knows from before, and of which observation is believed. */
export const AUDIT_MUTANTS: readonly Mutant[] = [
  {
    name: 'audit: a cache is believed without its digest',
    file: KNOWN,
    find: ' && hasDigest(bytes, digest)',
    replace: '',
    tests: known,
  },
  {
    name: 'audit: a cache serves what is larger than who asks allows',
    file: KNOWN,
    find: 'descriptor.size > bytesMax ? null : heldOf(known, descriptor, null)',
    replace: 'heldOf(known, descriptor, null)',
    tests: known,
  },
  {
    name: 'audit: a registry that is down is waited for at every image',
    file: PATIENCE,
    find: 'standing.silent >= LIMITS.auditSilentMax',
    replace: 'standing.silent < 0',
    tests: known,
  },
  {
    name: 'audit: a registry that was silent is never asked again',
    file: PATIENCE,
    find: 'nowMs() - standing.askedMs < LIMITS.auditSilentMs',
    replace: 'nowMs() >= standing.askedMs',
    tests: known,
  },
  {
    name: 'audit: one silent registry silences all',
    file: PATIENCE,
    find: 'ask(reference.registry, () => source.resolve',
    replace: "ask('', () => source.resolve",
    tests: known,
  },
  {
    name: 'observation: another cluster of one name is believed when it comes by the server',
    file: DOUBT,
    find: 'clusterDifference(own, record);',
    replace: 'null;',
    tests: doubt,
  },
  {
    name: 'observation: one without identity hides the cluster before it',
    file: DOUBT,
    find: 'const LOOKED_AT = 20;',
    replace: 'const LOOKED_AT = 1;',
    tests: doubt,
  },
  {
    name: 'observation: one of a time to come ends what runs',
    file: DOUBT,
    find: 'observedAt > projection.recordedAt + LIMITS.clockSkewMs',
    replace: 'observedAt > projection.recordedAt + 1_000 * LIMITS.clockSkewMs',
    tests: doubt,
  },
  {
    name: 'chains: what was found for one purpose goes for another',
    file: CHAIN,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it stands so in the file
    find: 'update(`${purpose} ${chain',
    replace: 'update(`${chain',
    tests: memory,
  },
  {
    name: 'chains: the time of the first check is remembered',
    file: CHAIN,
    find: '(checkValidity(path.chain, at) ?? path)',
    replace: 'path',
    tests: memory,
  },
];
