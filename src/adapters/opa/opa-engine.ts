import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ReadPath,
  RegoBundle,
  RegoEngine,
  RegoQuery,
} from '../../capabilities/policy/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { attempt, ok, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { Turns } from '../../system/http/turns.ts';
import { CHILD_ENVIRONMENT, pickEnvironment } from '../../system/processes/child-environment.ts';
import { type ChildEnd, runChild } from '../../system/processes/run-child.ts';
import { restrictCapabilities } from './capabilities.ts';

export interface OpaOptions {
  /** An absolute path, or a name that is on the PATH. */
  readonly program: string;
  /** The file of the bundle; null: none was named. */
  readonly bundle: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Evaluates rules with the program `opa`: one process for each question, which gets the question
 * and the bundle, and nothing of ours. Its functions, its time and its output are restricted.
 *
 * @example const engine = openOpa({ program: 'opa', bundle: '/etc/rules.tar.gz', env });
 */
export function openOpa(options: OpaOptions): RegoEngine {
  const turns = new Turns({ count: PROCESSES_MAX });
  const verified = new Set<string>();
  const reads = new Map<string, readonly ReadPath[]>();
  let capabilities: JsonObject | null = null;
  /** Runs opa in a folder that has the bundle, whose digest and signature were compared. */
  const inFolder = <T>(
    bundle: RegoBundle,
    module: string,
    signal: AbortSignal | undefined,
    work: (asked: OpaFolder) => Promise<T>,
  ): Promise<Result<T>> =>
    attempt(async () => {
      const bytes = await readBundle(options.bundle, bundle);
      const end = await turns.take(signal ?? AbortSignal.timeout(LIMITS.admissionDeadlineMs));
      const folder = await mkdtemp(join(tmpdir(), 'waybill-opa-'));
      try {
        await writeFile(join(folder, 'bundle.tar.gz'), bytes);
        await writeFile(join(folder, 'question.rego'), module);
        const asked = { ...options, folder, bundle, signal };
        const identity = JSON.stringify([bundle.digest, bundle.signedBy]);
        if (bundle.signedBy !== null && !verified.has(identity)) {
          await verifyBundle(asked);
          verified.add(identity);
        }
        return await work(asked);
      } finally {
        await rm(folder, { recursive: true, force: true });
        end();
      }
    });
  return {
    listReads: async (bundle, { module, query }, signal) => {
      const key = JSON.stringify([bundle.digest, bundle.signedBy, module]);
      const known = reads.get(key);
      if (known !== undefined) return ok(known);
      const found = await inFolder(bundle, module, signal, async (asked) => {
        const args = ['deps', ...BUNDLE, '--format', 'json', query];
        return readPaths(readAnswer(await run(asked, args)));
      });
      if (found.ok) {
        if (reads.size >= READS_MAX) reads.clear();
        reads.set(key, found.value);
      }
      return found;
    },
    evaluate: (bundle, query, signal) =>
      inFolder(bundle, query.module, signal, async (asked) => {
        capabilities ??= restrictCapabilities(
          readAnswer(await run(asked, ['capabilities', '--current'])),
        );
        const { folder } = asked;
        await writeFile(join(folder, 'schema.json'), JSON.stringify(query.schema));
        await writeFile(join(folder, 'capabilities.json'), JSON.stringify(capabilities));
        return readAnswer(await run(asked, listArguments(query), query.input));
      }),
  };
}

const BUNDLE = ['--bundle', 'bundle.tar.gz', '--data', 'question.rego'];
const READS_MAX = 1_000;

/** `{"base":[[{"type":"var","value":"input"},{"type":"string","value":"facts"}]]}` */
function readPaths(answer: JsonValue): readonly ReadPath[] {
  const base = isJsonObject(answer) ? (answer['base'] ?? []) : null;
  const paths = Array.isArray(base) ? (base as readonly JsonValue[]).map(readPath) : [null];
  // mutant rego-reads-that-are-not-known by opa: condition -> false
  if (paths.includes(null))
    throw new Failure('MALFORMED', 'OPA does not say what its rules read', 'Use OPA 1.0 or newer.');
  return paths.filter((path) => path !== null);
}

function readPath(written: JsonValue): ReadPath | null {
  if (!Array.isArray(written)) return null;
  const parts = (written as readonly JsonValue[]).map((one) =>
    isJsonObject(one) && typeof one['value'] === 'string' ? one['value'] : null,
  );
  return parts.includes(null) ? null : parts.filter((part) => part !== null);
}

const PROCESSES_MAX = 2;

interface OpaFolder extends Pick<OpaOptions, 'program' | 'env'> {
  readonly folder: string;
  readonly bundle: RegoBundle;
  readonly signal: AbortSignal | undefined;
}

/** The bytes that are evaluated are the ones whose digest was compared. */
async function readBundle(file: string | null, { digest }: RegoBundle): Promise<Uint8Array> {
  if (file === null)
    throw new Failure(
      'CONFIG_INVALID',
      'the policy has rules in Rego, and no bundle is named',
      'Name it in waybill.yaml: rego: { bundle: FILE }.',
    );
  const bytes = await readFileBounded(file, LIMITS.regoBundleBytesMax);
  const found = sha256(bytes);
  // mutant rego-bundle-of-another-digest by opa: condition -> false
  if (found !== digest)
    throw new Failure(
      'DIGEST_MISMATCH',
      `the bundle ${file} has the digest ${found}, and the policy names ${digest}`,
      'Take the bundle that the policy names, or sign a policy that names this one.',
    );
  return bytes;
}

/** As `opa run --verification-key` does; `opa eval` itself looks at no signature. */
async function verifyBundle(asked: OpaFolder): Promise<void> {
  const { folder, bundle } = asked;
  const { key = '', id = '', algorithm = '' } = bundle.signedBy ?? {};
  await writeFile(join(folder, 'key.pem'), key);
  const end = await run(asked, [
    ...['build', '--bundle', 'bundle.tar.gz', '--output', 'verified.tar.gz'],
    ...['--verification-key', 'key.pem', '--verification-key-id', id],
    ...['--signing-alg', algorithm],
  ]);
  // mutant rego-bundle-of-anybody by opa: condition -> false
  if (end.code !== 0)
    throw new Failure(
      'EVIDENCE_REJECTED',
      `the signature of the bundle does not count: ${describeError(end)}`,
      'Sign it with the key that the policy names: opa build --signing-key KEY.',
    );
}

function listArguments({ query, unknowns }: RegoQuery): readonly string[] {
  return [
    ...['eval', '--partial', '--format', 'json', '--stdin-input', '--strict-builtin-errors'],
    ...[...BUNDLE, '--schema', 'schema.json'],
    ...['--capabilities', 'capabilities.json', '--timeout', `${LIMITS.regoMs}ms`],
    ...unknowns.flatMap((path) => ['--unknowns', path]),
    query,
  ];
}

type OpaEnd = Extract<ChildEnd, { kind: 'ended' }>;

async function run(
  { program, env, folder, signal }: OpaFolder,
  args: readonly string[],
  input?: JsonObject,
): Promise<OpaEnd> {
  const end = await runChild({
    ...{ program, args, cwd: folder, env: pickEnvironment(env, CHILD_ENVIRONMENT), signal },
    ...(input === undefined ? {} : { input: Buffer.from(JSON.stringify(input)) }),
    ...{ timeMs: LIMITS.regoMs, bytesMax: LIMITS.regoAnswerBytesMax },
  });
  switch (end.kind) {
    case 'ended':
      return end;
    case 'slow':
      throw new Failure('DEADLINE_EXCEEDED', 'OPA did not answer in time', 'Simplify the rules.');
    case 'large':
      throw new Failure('LIMIT_EXCEEDED', 'OPA answered too much', 'Simplify the rules.');
    case 'failed':
      throw new Failure(
        'CONFIG_INVALID',
        `opa could not be run: ${toOneLine(end.why)}`,
        'Install OPA 1.0 or newer, and name it in waybill.yaml: rego: { program: FILE }.',
      );
  }
}

function readAnswer(end: OpaEnd): JsonValue {
  // mutant rego-answer-of-a-failure by opa: condition -> false
  if (end.code !== 0)
    throw new Failure(
      'POLICY_INVALID',
      `OPA refuses the rules: ${describeError(end)}`,
      'Correct the rules, and sign a policy with their bundle.',
    );
  return orThrow(parseJson(end.out, { bytesMax: LIMITS.regoAnswerBytesMax }));
}

/** `{"errors":[{"message","code","location":{"file","row"}}]}`, or what stderr says. */
function describeError({ out, err }: OpaEnd): string {
  const read: Result<JsonValue> = parseJson(out, { bytesMax: LIMITS.regoAnswerBytesMax });
  const errors = read.ok && isJsonObject(read.value) ? read.value['errors'] : undefined;
  const first = Array.isArray(errors) ? (errors as readonly JsonValue[])[0] : undefined;
  if (!isJsonObject(first)) return toOneLine(err.toString('utf8'), 300).trim();
  const { message, location } = first;
  const place = isJsonObject(location) ? ` (${location['file']}:${location['row']})` : '';
  return toOneLine(`${typeof message === 'string' ? message : ''}${place}`, 300);
}
