import { resolve } from 'node:path';
import { EVIDENCE_KINDS, isEvidenceKind } from '../../../capabilities/evidence/index.ts';
import { type Digest, parseDigest } from '../../../core/digest.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import { catchUpAdvisories } from '../../compose/advisory-catch-up.ts';
import { openLedger, openQuestions } from '../../compose/graph.ts';
import type { Config } from '../../config/config.ts';
import { listFailedHints, printFailed, runEach } from '../batch.ts';
import { loadCallConfig } from '../call-config.ts';
import { type NamedDocument, type NamedKind, readDocument, requireSubject } from '../graph-file.ts';
import type { GraphImportCall } from '../options/graph.ts';
import { type Block, showLine, showNote } from '../report/block.ts';
import {
  type ExitCode,
  type FailedTarget,
  type Part,
  type Report,
  toValue,
} from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/**
 * One file at a time: it is acknowledged when it is on the disk and in the graph, and only then its
 * line is printed. A file that cannot be imported is named, and does not end the others: then the
 * command ends with 3. If none can be imported, it ends with the failure of the first.
 */
export async function run(call: GraphImportCall): Promise<Report> {
  const named = readOptions(call);
  const config = await loadCallConfig(call);
  const failed: FailedTarget[] = [];
  return {
    kind: 'parts',
    exitCode: (): ExitCode => (failed.length === 0 ? 0 : 3),
    parts: importFiles(call, named, config, failed),
  };
}

function readOptions({ options }: GraphImportCall): NamedKind {
  const { kind = null, subject } = options;
  if (kind !== null && !isEvidenceKind(kind)) {
    const known = Object.keys(EVIDENCE_KINDS).join(', ');
    throw new Failure('USAGE', `unknown kind ${kind}`, `Use one of ${known}.`);
  }
  return { kind, subject: subject === undefined ? null : orThrow(parseDigest(subject)) };
}

type Ledger = Awaited<ReturnType<typeof openLedger>>;

async function* importFiles(
  call: GraphImportCall,
  named: NamedKind,
  config: Config,
  failed: FailedTarget[],
): AsyncGenerator<Part> {
  let ledger: Ledger | null = null;
  let done = 0;
  let hasAdvisories = false;
  const importOne = async (file: string): Promise<ImportReceipt> => {
    call.signal.throwIfAborted();
    const document = await readNamed(resolve(call.io.cwd, file), named);
    // A first file that cannot be read makes no graph.
    ledger ??= await openLedger(config);
    if (named.subject !== null)
      await requireSubject(readBody(config), file, named.subject, document.about);
    return appendDocument(ledger, file, document);
  };
  try {
    for await (const { target, result } of runEach(call.args, call, importOne)) {
      if (!result.ok) {
        failed.push({ target, failure: result.failure });
        printFailed(call.io, { target, failure: result.failure });
        yield showFailed({ target, failure: result.failure });
        continue;
      }
      done++;
      hasAdvisories ||= result.value.kind === 'advisories';
      yield showImported(result.value);
    }
  } finally {
    await (ledger as Ledger | null)?.close();
    // mutant graph-import-without-catch-up by server-advisories: remove
    if (hasAdvisories) await catchUpAdvisories(config);
  }
  const [first] = failed;
  if (first !== undefined && done === 0) throw first.failure;
  if (failed.length > 0)
    yield { value: null, blocks: () => [], hints: listFailedHints(done, failed, { what: 'file' }) };
}

/** What the log holds is only read where a document seems to be about another image. */
function readBody(config: Config) {
  return async (digest: Digest): Promise<Result<Uint8Array>> => {
    const questions = await openQuestions(config);
    try {
      return await questions.body(digest);
    } finally {
      await questions.close();
    }
  };
}

type ImportReceipt = Extract<SchemaValue<'graph-import'>, { readonly kind: string }>;

async function appendDocument(
  { log }: Ledger,
  file: string,
  { evidence, lacks }: NamedDocument,
): Promise<ImportReceipt> {
  const [receipt] = orThrow(await log.append([evidence], toInstant(Date.now())));
  if (receipt === undefined) throw new RangeError('a document without a receipt');
  return { file, kind: evidence.kind, subject: evidence.subject, ...receipt, lacks };
}

function showImported(shown: ImportReceipt): Part {
  const { kind, subject } = shown;
  const isLost = (kind === 'sbom' || kind === 'scan') && subject === null;
  return {
    value: toValue('graph-import', () => shown),
    blocks: () => showReceipt(shown),
    hints: isLost
      ? [
          `it is unknown which image this ${kind} is about, so no question finds it. ` +
            'Name the image: --subject',
        ]
      : [],
  };
}

function showFailed({ target: file, failure }: FailedTarget): Part {
  const { code, message, remedy } = failure;
  return {
    value: toValue('graph-import', () => ({ file, code, message, remedy })),
    blocks: () => [],
  };
}

function showReceipt({
  file,
  kind,
  digest,
  position,
  fresh,
  lacks,
}: ImportReceipt): readonly Block[] {
  const known = fresh ? '' : ', known already';
  return [
    showLine(`${file}: ${kind} ${digest} at position ${position}${known}`),
    ...lacks.map((lack) => showNote(`  lacks: ${lack}`)),
  ];
}

/** One of several may be the bad one, so a failure names its file. */
async function readNamed(path: string, named: NamedKind): Promise<NamedDocument> {
  try {
    return await readDocument(path, named);
  } catch (thrown) {
    const { code, message, remedy, cause } = toFailure(thrown);
    if (code === 'INTERNAL' || code === 'USAGE' || message.includes(path)) throw thrown;
    throw new Failure(code, `${path}: ${message}`, remedy, { cause });
  }
}
