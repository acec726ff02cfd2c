import { formatPlatform } from '../../../capabilities/registry/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, parseImageReference } from '../../../core/image-reference.ts';
import { formatAnswerInstant, toInstant } from '../../../core/instant.ts';
import { ok, orThrow } from '../../../core/result.ts';
import { reachesSeverity } from '../../../core/severity.ts';
import type { RescannedFinding, RescanOutcome } from '../../../phases/build/index.ts';
import {
  listReleasedImages,
  type ReleasedImages,
  type RescanResults,
  type RescanTarget,
  rescanEach,
} from '../../../phases/operate/index.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { openCommandClient } from '../../compose/command-registry.ts';
import { openLedger, openQuestions } from '../../compose/graph.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { openWritableLayout } from '../../compose/registry.ts';
import { createRescanner, requireImportedAdvisories } from '../../compose/rescan.ts';
import { parseTarget } from '../../compose/targets.ts';
import { loadTrust } from '../../compose/trust.ts';
import type { Config } from '../../config/config.ts';
import { listFailedHints, printFailed, toFailedJson } from '../batch.ts';
import { letSignalsThrough } from '../breathing-index.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { RescanCall } from '../options/operate.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

const WIDTH = 4;

/**
 * Ends with 1 for new findings of the severity of --fail-on or worse, with 3 if there are none but
 * an image could not be scanned again, or not be looked up whole, else with 0. The key is opened
 * before anything else.
 */
export async function run(call: RescanCall): Promise<Report> {
  requireOneChoice(call);
  const config = await loadCallConfig(call);
  const key = orThrow(await openSigningKey(config, call.options.key, call.io.env));
  const trust = orThrow(await loadTrust(config));
  const { index, close } = await openAdvisories(config);
  const client = await openCommandClient(config, call.io.env, null);
  try {
    requireImportedAdvisories(index);
    const chosen = await chooseImages(call, config);
    const ledger = await openLedger(config);
    try {
      const append = ledger.log.append.bind(ledger.log);
      const advisories = letSignalsThrough(index, call.signal);
      const rescan = createRescanner({ key, trust, advisories, append });
      const results = await rescanEach(chosen.targets, {
        rescan: async (target, reference, signal) =>
          rescan(reference, chosen.layouts.get(target) ?? client, signal),
        width: WIDTH,
        signal: call.signal,
        deadline: (ms) => AbortSignal.timeout(ms),
        progress: startProgress(call.io, 'images scanned again'),
      });
      clearProgress(call.io);
      return report(call, chosen, results);
    } finally {
      await ledger.close();
    }
  } finally {
    client.close();
    close();
  }
}

function requireOneChoice({ args, options }: RescanCall): void {
  const chosen = [args.length > 0, options.all, options.running].filter(Boolean);
  if (chosen.length === 1) return;
  throw new Failure(
    'USAGE',
    chosen.length === 0
      ? 'it is not said which images are to be scanned again'
      : 'images, --all and --running exclude each other',
    'Name images, or write --all or --running.',
  );
}

interface ChosenImages extends ReleasedImages {
  /** The targets on disk. */
  readonly layouts: ReadonlyMap<
    RescanTarget,
    Awaited<ReturnType<typeof openWritableLayout>>['target']
  >;
}

async function chooseImages(call: RescanCall, config: Config): Promise<ChosenImages> {
  const layouts = new Map();
  if (call.args.length === 0) {
    const questions = await openQuestions(config);
    try {
      const which = call.options.all ? 'all' : 'running';
      return { ...(await listReleasedImages(questions, which)), layouts };
    } finally {
      await questions.close();
    }
  }
  const targets: RescanTarget[] = [];
  for (const text of new Set(call.args)) {
    const named = parseTarget(text, call.io.cwd);
    if (named.kind === 'image') {
      targets.push({ name: text, reference: ok(named.reference) });
    } else if (named.kind === 'layout') {
      const { target, root } = await openWritableLayout(named.text);
      const scope = orThrow(parseImageReference('layout.invalid/image'));
      const one = { name: text, reference: ok({ ...scope, tag: null, digest: root.digest }) };
      targets.push(one);
      layouts.set(one, target);
    } else {
      throw new Failure(
        'USAGE',
        `${text} is not an image`,
        'Name an image reference or oci:DIR[:TAG].',
      );
    }
  }
  return { targets, unreleased: [], undigested: [], undigestedMore: false, unseen: [], layouts };
}

function report(
  call: RescanCall,
  chosen: ChosenImages,
  results: RescanResults<RescanOutcome>,
): Report {
  const { done, failed } = results;
  for (const one of failed) printFailed(call.io, one);
  const [first] = failed;
  if (first !== undefined && done.length === 0 && failed.length === 1) throw first.failure;
  const exitCode = toExitCode(call, chosen, results);
  return {
    kind: 'result',
    exitCode,
    value: toValue('rescan', () => ({
      at: formatAnswerInstant(toInstant(Date.now())),
      images: done.map(toJson),
      failed: failed.map(toFailedJson),
      unreleased: [...chosen.unreleased],
      undigested: [...chosen.undigested],
      undigestedMore: chosen.undigestedMore,
      observed: chosen.unseen !== null,
      silent: [...(chosen.unseen ?? [])],
    })),
    blocks: () => showResults(results),
    hints: [
      ...listFailedHints(done.length, failed, { what: 'image', exitCode }),
      ...describeLeftOut(chosen.unreleased, 'image', 'of no release known here'),
      ...describeLeftOut(chosen.undigested, 'running container', 'without a known digest'),
      ...(call.options.running ? describeUnseen(chosen.unseen) : []),
    ],
  };
}

function describeUnseen(unseen: ReleasedImages['unseen']): readonly string[] {
  if (unseen === null)
    return ['no cluster was observed, so it is not known what runs: waybill watch'];
  return describeLeftOut(unseen, 'cluster', 'not observed since its last observation ended');
}

function describeLeftOut(names: readonly string[], what: string, why: string): readonly string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ', …' : '';
  return [`${formatCount(names.length, what)} ${why} left out: ${shown}${more}`];
}

function toExitCode(
  { options }: RescanCall,
  { undigested, undigestedMore, unseen }: ReleasedImages,
  { done, failed }: RescanResults<RescanOutcome>,
): ExitCode {
  const { failOn } = options;
  const news = done.flatMap(listNews);
  if (failOn !== 'never' && news.some(({ severity }) => reachesSeverity(severity, failOn)))
    return 1;
  // mutant image-not-rescanned-is-fresh by rescan: value -> 0
  if (failed.length > 0) return 3;
  // mutant container-that-nobody-can-scan by rescan: condition -> false
  if (options.running && (undigested.length > 0 || undigestedMore)) return 3;
  // mutant rescan-where-nobody-observed by rescan: condition -> false
  if (options.running && (unseen === null || unseen.length > 0)) return 3;
  return options.allowPartial || !done.some(isPartial) ? 0 : 3;
}

function listNews({ members }: RescanOutcome): readonly RescannedFinding[] {
  return members.flatMap(({ findings }) =>
    findings.filter(({ isNew, status }) => isNew && status !== 'not_affected'),
  );
}

function isPartial({ members }: RescanOutcome): boolean {
  return members.some(({ outcome }) => outcome === 'partial');
}

function showResults({ done, failed }: RescanResults<RescanOutcome>): readonly Block[] {
  const rows = done.map((outcome) => {
    const open = outcome.members.flatMap(({ findings }) =>
      findings.filter(({ status }) => status !== 'not_affected'),
    );
    return [
      nameOutcome(outcome),
      outcome.members.every(({ sbom }) => sbom !== null) ? 'SBOM' : 'layers',
      isPartial(outcome) ? 'partial' : 'complete',
      String(open.length),
      String(listNews(outcome).length),
      describeReplacement(outcome),
    ];
  });
  const news = done.flatMap((outcome) =>
    listNews(outcome).map(({ severity, id, component }) =>
      showLine(`new: ${severity} ${id} in ${component}, ${nameOutcome(outcome)}`),
    ),
  );
  return [
    ...(rows.length === 0 ? [] : [showTable(HEADER, rows)]),
    ...news,
    showLine(`${formatCount(done.length, 'image')} scanned again, ${failed.length} could not be`),
  ];
}

const HEADER = ['IMAGE', 'FROM', 'SCAN', 'FINDINGS', 'NEW', 'BEFORE'];

function nameOutcome({ reference, subject }: RescanOutcome): string {
  return formatImageReference({ ...reference, digest: subject.digest });
}

function describeReplacement({ replacement, members }: RescanOutcome): string {
  const { removed, kept } = replacement;
  if (kept > 0) return `${formatCount(kept, 'older scan')} stays in the registry`;
  if (removed > 0) return 'replaced';
  return members.some(({ scannedBefore }) => scannedBefore !== null) ? 'by others' : 'none';
}

function toJson(outcome: RescanOutcome): SchemaValue<'rescan'>['images'][number] {
  const { members, replacement, subject, scannedAt } = outcome;
  return {
    image: nameOutcome(outcome),
    digest: subject.digest,
    scannedAt: formatAnswerInstant(scannedAt),
    members: members.map(({ member, scan, sbom, findings, scannedBefore, ...rest }) => ({
      digest: member.digest,
      platform: member.platform === undefined ? null : formatPlatform(member.platform),
      scan,
      from: sbom === null ? 'layers' : 'sbom',
      sbom,
      outcome: rest.outcome,
      scannedBefore: scannedBefore === null ? null : formatAnswerInstant(scannedBefore),
      findings: findings.map((finding) => ({ ...finding, fixed: [...finding.fixed] })),
    })),
    replaced: replacement.removed,
    kept: replacement.kept,
    keptBecause: replacement.why?.message ?? null,
  };
}
