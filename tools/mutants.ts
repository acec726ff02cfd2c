import { AUDIT_MUTANTS } from './mutants-audit.ts';
import { CLUSTER_MUTANTS } from './mutants-cluster.ts';
import { COMMIT_MUTANTS } from './mutants-commits.ts';
import { DEMO_MUTANTS } from './mutants-demo.ts';
import { GATE_MUTANTS } from './mutants-gates.ts';
import { OPERATE_MUTANTS } from './mutants-operate.ts';
import { PHASE_MUTANTS } from './mutants-phases.ts';
import { SOURCE_MUTANTS } from './mutants-source.ts';

/**
 * One guard taken away. `find` stands exactly once in `file`; some test of `tests` must fail with
 * `replace` in its place.
 */
export interface Mutant {
  /** What an attacker would gain. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Files or folders, as vitest takes them. */
  readonly tests: readonly string[];
}

const foundation1 = [
  'src/core/verdict.test.ts',
  'test/foundations/1-facts-cannot-fail-open.test.ts',
];

/**
 * A declared table: what `npm run test:mutations` applies, one at a time. A new guard adds a line.
 */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a broken rule that enforces does not deny',
    file: 'src/core/verdict.ts',
    find: "if (outcomes.has('broken')) return 'deny';",
    replace: '',
    tests: foundation1,
  },
  {
    name: 'undetermined allows',
    file: 'src/core/verdict.ts',
    find: "return outcomes.has('undetermined') ? 'undetermined' : 'allow';",
    replace: "return 'allow';",
    tests: foundation1,
  },
  {
    name: 'undetermined comes before deny',
    file: 'src/core/verdict.ts',
    find: "if (outcomes.has('broken')) return 'deny';",
    replace: "if (outcomes.has('broken') && !outcomes.has('undetermined')) return 'deny';",
    tests: foundation1,
  },
  {
    name: 'rules that warn decide too',
    file: 'src/core/verdict.ts',
    find: "result.action === 'deny'",
    replace: "result.action !== 'record'",
    tests: foundation1,
  },
  {
    name: 'undetermined admits',
    file: 'src/core/verdict.ts',
    find: "return decision === 'allow';",
    replace: "return decision !== 'deny';",
    tests: foundation1,
  },
  {
    name: 'bytes of another digest are taken',
    file: 'src/core/digest.ts',
    find: ".digest('hex')}` === digest;",
    replace: ".digest('hex')}`.length === digest.length;",
    tests: ['src/core/digest.test.ts'],
  },
  {
    name: 'any text with the length of a digest is one',
    file: 'src/core/digest.ts',
    find: 'if (FORM.test(text)) return ok(text as Digest);',
    replace: "if (text.startsWith('sha') && text.length > 70) return ok(text as Digest);",
    tests: ['src/core/digest.test.ts'],
  },
  {
    name: 'a host may hold anything',
    file: 'src/core/image-reference.ts',
    find: 'if (hasHost && !HOST.test(first))',
    replace: 'if (first.length > 1_000)',
    tests: ['src/core/image-reference.test.ts'],
  },
  {
    name: 'a host is judged after its look-alikes were folded',
    file: 'src/core/image-reference.ts',
    find: '!HOST.test(first)',
    replace: '!HOST.test(first.toLowerCase())',
    tests: ['src/core/image-reference.test.ts'],
  },
  {
    name: 'a host is the end of its name only',
    file: 'src/core/image-reference.ts',
    find: "const host = hasHost ? first.toLowerCase() : 'docker.io';",
    replace:
      "const host = hasHost ? first.toLowerCase().split('.').slice(-3).join('.') : 'docker.io';",
    tests: ['src/core/image-reference.test.ts'],
  },
  {
    name: 'case makes another host',
    file: 'src/core/image-reference.ts',
    find: "const host = hasHost ? first.toLowerCase() : 'docker.io';",
    replace: "const host = hasHost ? first : 'docker.io';",
    tests: ['src/core/image-reference.test.ts'],
  },
  {
    name: 'two digests in one reference',
    file: 'src/core/image-reference.ts',
    find:
      "if (head === undefined || digests.length > 1) return malformed(text, 'it has more than " +
      "one @');",
    replace: "if (head === undefined) return malformed(text, 'it has more than one @');",
    tests: ['src/core/image-reference.test.ts'],
  },
  {
    name: 'an image reference without a bound',
    file: 'src/core/image-reference.ts',
    find: 'Buffer.byteLength(text) > LIMITS.referenceBytesMax',
    replace: 'Buffer.byteLength(text) > LIMITS.referenceBytesMax + 1',
    tests: ['src/core/image-reference.test.ts'],
  },
  {
    name: 'a JSON key may stand twice',
    file: 'src/core/json.ts',
    find: 'if (keys.includes(key)) return null;',
    replace: '',
    tests: ['src/formats/json/json.test.ts'],
  },
  {
    name: 'a JSON key may stand twice among many',
    file: 'src/core/json.ts',
    find: 'if (keys instanceof Set) return keys.has(key) ? null : keys.add(key);',
    replace: 'if (keys instanceof Set) return keys.add(key);',
    tests: ['src/formats/json/json.test.ts'],
  },
  {
    name: 'an escaped JSON key is another key',
    file: 'src/core/json.ts',
    find: "raw.includes('\\\\')",
    replace: "raw.includes('\\\\\\\\')",
    tests: ['src/formats/json/json.test.ts'],
  },
  {
    name: 'keys that differ in case pass where a reader folds case',
    file: 'src/core/json.ts',
    find: 'return fold ? key.toUpperCase().toLowerCase() : key;',
    replace: 'return fold ? key.toLowerCase() : key;',
    tests: ['src/formats/json/json.test.ts'],
  },
  {
    name: 'JSON without a bound on depth',
    file: 'src/core/json.ts',
    find: 'if (stack.length > depthMax)',
    replace: 'if (stack.length > depthMax + 1)',
    tests: ['src/formats/json/json.test.ts'],
  },
  {
    name: 'JSON bounded in characters instead of bytes',
    file: 'src/core/json.ts',
    find: "typeof input === 'string' ? Buffer.byteLength(input) : input.length",
    replace: 'input.length',
    tests: ['src/formats/json/json.test.ts'],
  },
  {
    name: 'a number that overflows is infinity',
    file: 'src/core/json.ts',
    find: 'if (end - at > 4 && Number(text.slice(at, end)) === Infinity)',
    replace: 'if (end - at > 400)',
    tests: ['src/formats/json/json.test.ts'],
  },
  {
    name: 'canonical JSON in the order of insertion',
    file: 'src/core/json.ts',
    find: '    .sort()\n',
    replace: '',
    tests: ['src/formats/json/json.test.ts'],
  },
  {
    name: 'a score that is none has severity none',
    file: 'src/core/severity.ts',
    find: "if (!(score >= 0 && score <= 10)) return 'unknown';",
    replace: '',
    tests: ['src/core/severity.test.ts'],
  },
  {
    name: 'an unknown severity hides a known one',
    file: 'src/core/severity.ts',
    find: "if (other === 'unknown') return one;",
    replace: "if (other === 'unknown') return other;",
    tests: ['src/core/severity.test.ts'],
  },
  {
    name: 'an offset is not taken into account',
    file: 'src/core/instant.ts',
    find: "(part[8] === '-' ? -60_000 : 60_000)",
    replace: '0',
    tests: ['src/core/instant.test.ts'],
  },
  {
    name: 'a day that no month has',
    file: 'src/core/instant.ts',
    find: 'if (!isSameDay(new Date(wall), year, month, day, hour)) return malformed(text);',
    replace: '',
    tests: ['src/core/instant.test.ts'],
  },
  {
    name: 'a subpath that climbs',
    file: 'src/core/purl.ts',
    find: ".filter((part) => part !== '.' && part !== '..')",
    replace: '',
    tests: ['src/core/purl.test.ts'],
  },
  {
    name: 'a qualifier that stands twice',
    file: 'src/core/purl.ts',
    find: '|| pairs.has(key)',
    replace: '',
    tests: ['src/core/purl.test.ts'],
  },
  {
    name: 'a descriptor with a negative size',
    file: 'src/core/descriptor.ts',
    find: '|| size < 0',
    replace: '',
    tests: ['src/core/descriptor.test.ts'],
  },
  {
    name: 'a cruise that saw no file passes',
    file: 'tools/boundaries.ts',
    find: 'return filesCruised >= filesPresent',
    replace: 'return filesCruised >= 0',
    tests: ['test/conformance/import-table.test.ts'],
  },
  {
    name: 'a lock without the package of a platform passes',
    file: 'tools/lock-file.ts',
    find: '.filter((name) => !isPlaced(packages, path, name))',
    replace: '.filter(() => false)',
    tests: ['tools/lock-file.test.ts'],
  },
  ...AUDIT_MUTANTS,
  ...CLUSTER_MUTANTS,
  ...COMMIT_MUTANTS,
  ...DEMO_MUTANTS,
  ...GATE_MUTANTS,
  ...OPERATE_MUTANTS,
  ...PHASE_MUTANTS,
  ...SOURCE_MUTANTS,
];
