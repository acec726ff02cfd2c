import { resolve } from 'node:path';
import type { RecordFields } from '../../../capabilities/evidence/index.ts';
import type { CommitAnswer, Provenance } from '../../../capabilities/graph/index.ts';
import { formatCount } from '../../../core/count.ts';
import type { Digest } from '../../../core/digest.ts';
import {
  type AnswerInstant,
  formatAnswerInstant,
  formatInstant,
  toInstant,
} from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { orThrow } from '../../../core/result.ts';
import {
  buildViolationEvidence,
  type EventBatch,
  takeEvents,
} from '../../../phases/operate/index.ts';
import { readFileBounded, readWhole } from '../../../system/files/read-file.ts';
import { openLedger, openQuestions } from '../../compose/graph.ts';
import { createViolationPorts } from '../../compose/violations.ts';
import { loadCallConfig } from '../call-config.ts';
import type { ViolationIngestCall } from '../options/operate.ts';
import { type Block, showLine, showNote, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

type Violation = RecordFields<'violation'>;
const APPENDED_AT_ONCE = 500;

/** Ends with 3 if a line was not an event; the events of the other lines are kept. */
export async function run(call: ViolationIngestCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const cluster = call.options.cluster ?? config.cluster;
  const bytes = await readInput(call);
  const now = toInstant(Date.now());
  const ledger = await openLedger(config);
  try {
    const reader = await openQuestions(config);
    try {
      const taken = orThrow(
        await takeEvents(bytes, { cluster, now }, createViolationPorts(cluster, reader)),
      );
      const inputs = taken.violations.map(buildViolationEvidence);
      for (let at = 0; at < inputs.length; at += APPENDED_AT_ONCE) {
        call.signal.throwIfAborted();
        orThrow(await ledger.log.append(inputs.slice(at, at + APPENDED_AT_ONCE), now));
      }
      const origins = await readOrigins(taken.violations, reader);
      return {
        kind: 'result',
        exitCode: taken.broken.length === 0 ? 0 : 3,
        value: toValue('violation-ingest', () => toJson(taken, origins)),
        blocks: () => showReport(taken, origins),
      };
    } finally {
      await reader.close();
    }
  } finally {
    await ledger.close();
  }
}

function readInput({ args: [file = ''], io }: ViolationIngestCall): Promise<Uint8Array> {
  if (file === '-') return readWhole('standard input', LIMITS.runtimeEventsBytesMax, io.stdin);
  return readFileBounded(resolve(io.cwd, file), LIMITS.runtimeEventsBytesMax);
}

type Reader = Awaited<ReturnType<typeof openQuestions>>;
const ORIGINS_MAX = 200;

/**
 * Release, commit and author of the images that the violations are joined to; unknown ones are left
 * out.
 */
async function readOrigins(
  violations: readonly Violation[],
  reader: Reader,
): Promise<ReadonlyMap<Digest, Provenance>> {
  const images = [...new Set(violations.flatMap(({ image }) => image ?? []))].slice(0, ORIGINS_MAX);
  const found = new Map<Digest, Provenance>();
  for (const image of images) {
    const provenance = await reader.ask({ name: 'provenance', subject: image });
    if (provenance.ok) found.set(image, provenance.value);
  }
  return found;
}

interface Origin {
  readonly release: string | null;
  readonly owner: string | null;
  readonly commit: string | null;
  readonly author: string | null;
}

function findOrigin({ image }: Violation, origins: ReadonlyMap<Digest, Provenance>): Origin {
  const provenance = image === null ? undefined : origins.get(image);
  const [release] = provenance?.releases ?? [];
  if (release === undefined) return { release: null, owner: null, commit: null, author: null };
  const commit = provenance?.commits.find(
    (one: CommitAnswer) => one.commit === release.source?.commit,
  );
  return {
    release: `${release.name} ${release.version}`,
    owner: release.owner,
    commit: release.source?.commit ?? null,
    author: commit?.author ?? null,
  };
}

type Origins = ReadonlyMap<Digest, Provenance>;

function toJson(taken: EventBatch, origins: Origins): SchemaValue<'violation-ingest'> {
  const { violations, replays, broken, brokenMore, ignored } = taken;
  return {
    violations: violations.map((one) => ({
      ...formatDates(one),
      ...findOrigin(one, origins),
    })),
    replays,
    broken: broken.map(({ line, why: { code, message } }) => ({ line, code, message })),
    brokenMore,
    ignored,
  };
}

function showReport(taken: EventBatch, origins: Origins): readonly Block[] {
  const { violations, replays, broken, brokenMore, ignored } = taken;
  const bad = broken.length + brokenMore;
  const rows = violations
    .slice(0, ROWS_SHOWN_MAX)
    .map((one) => toRow(one, findOrigin(one, origins)));
  const hidden = violations.length - rows.length;
  return [
    ...broken
      .slice(0, 10)
      .map(({ line, why }) => showNote(`line ${line}: ${toOneLine(why.message)} [${why.code}]`)),
    showNote(
      `${violations.length} kept, ${replays} known already, ` +
        `${formatCount(bad, 'line')} without an event` +
        (ignored === 0 ? '' : `, ${formatCount(ignored, 'event')} that break no rule`),
    ),
    ...(rows.length === 0 ? [showLine('nothing new')] : [showTable(HEADER, rows)]),
    ...(hidden > 0 ? [showNote(`${hidden} more: --format json`)] : []),
    ...showCauses(violations),
  ];
}

const HEADER = [
  'TIME',
  'SEVERITY',
  'RULE',
  'WHERE',
  'WORKLOAD',
  'RELEASE',
  'COMMIT',
  'AUTHOR',
  'CAUSE',
];
const ROWS_SHOWN_MAX = 200;

function toRow(violation: Violation, { release, commit, author }: Origin): readonly string[] {
  const { at, severity, rule, workload, cause, unknown = [], events } = violation;
  const time = unknown.includes('time') ? 'unknown' : formatInstant(at);
  const place = `${workload.cluster}/${workload.namespace}`;
  return [
    ...[
      time,
      severity,
      events === undefined ? rule : `${rule} (${events} more)`,
      place,
      `${workload.kind}/${workload.name}`,
    ],
    ...[
      release ?? 'unknown',
      commit?.slice(0, 12) ?? 'unknown',
      author ?? 'unknown',
      shown(cause?.kind),
    ],
  ];
}

function shown(kind: 'misconfiguration' | 'vulnerability' | 'unknown' | undefined): string {
  return kind === 'vulnerability' ? 'vulnerability suspected' : (kind ?? 'unknown');
}

/** The facts of each cause once, by workload: people act on them (O11). */
function showCauses(violations: readonly Violation[]): readonly Block[] {
  const whys = new Map<string, readonly string[]>();
  for (const { workload, cause } of violations) {
    const { namespace, kind, name } = workload;
    if (cause !== undefined)
      whys.set(`${namespace}/${kind}/${name}: ${shown(cause.kind)}`, cause.facts);
  }
  return [...whys]
    .slice(0, 20)
    .flatMap(([head, facts]) => [
      showLine(),
      showLine(head),
      ...facts.slice(0, 10).map((fact) => showLine(`  ${fact}`)),
    ]);
}

type DatedViolation = Omit<Violation, 'at' | 'lastAt'> & {
  readonly at: AnswerInstant;
  readonly lastAt?: AnswerInstant;
};

function formatDates(violation: Violation): DatedViolation {
  const { at, lastAt } = violation;
  const last = lastAt === undefined ? {} : { lastAt: formatAnswerInstant(lastAt) };
  return { ...violation, at: formatAnswerInstant(at), ...last } as DatedViolation;
}
