import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Evaluation } from '../../../capabilities/policy/index.ts';
import type { ArtifactSource } from '../../../capabilities/registry/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { formatRepository, type ImageReference } from '../../../core/image-reference.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import { type DeskPorts, judgeOnce } from '../../../gates/desk/index.ts';
import { buildSourceFacts, narrowToClaim, type SourceOrigin } from '../../../gates/facts/index.ts';
import { gatherImage } from '../../../gates/image-evidence/index.ts';
import {
  gatherReleaseEvidence,
  prepareRelease,
  type ReleaseFacts,
  type ReleaseOutcome,
  type ReleasePorts,
  type ReleaseRequest,
  shipRelease,
} from '../../../phases/build/index.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import { openCommandClient } from '../../compose/command-registry.ts';
import { openGraphFacts, openLedger } from '../../compose/graph.ts';
import { type InventoryCompletion, openCompletion } from '../../compose/inventory-completion.ts';
import { type Judge, openJudge } from '../../compose/open-judge.ts';
import { openImageTarget } from '../../compose/take-inventory.ts';
import { parseTarget } from '../../compose/targets.ts';
import { version } from '../../compose/version.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { makePrintable, sayNote } from '../io.ts';
import type { ReleaseCall } from '../options/release.ts';
import { readReleaseFacts } from '../release-facts.ts';
import { reportPrepared, reportShipped, type ShownRelease } from '../release-report.ts';
import { openReleaseSigning } from '../release-signing.ts';
import { type ReleaseTerms, readReleaseTerms } from '../release-terms.ts';
import type { Report, ResultReport } from '../report/report.ts';

/**
 * Ships a release; a refusal leaves nothing in the registry and nothing in the log, and a dry run
 * nothing anywhere.
 */
export async function run(call: ReleaseCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const summary = findStepSummary(call);
  const terms = readReleaseTerms(call, config);
  sayTerms(call, terms);
  const facts = await readReleaseFacts(call, terms);
  const report = await release(call, config, terms, facts);
  if (summary !== null) appendFileSync(summary, report.documents?.['markdown']?.() ?? '');
  return report;
}

/** github.blog and docs.github.com, workflow commands: job summaries. */
function findStepSummary({ options, io }: ReleaseCall): string | null {
  if (!options.stepSummary) return null;
  const file = io.env['GITHUB_STEP_SUMMARY'] ?? '';
  if (file !== '') return resolve(io.cwd, file);
  throw new Failure(
    'USAGE',
    'GITHUB_STEP_SUMMARY names no file',
    'Use --step-summary in a step of GitHub Actions, and elsewhere --format markdown.',
  );
}

/** What was found in the environment is said, so that nothing is assumed in silence. */
function sayTerms(call: ReleaseCall, { job, destination, signer, ...terms }: ReleaseTerms): void {
  if (job === null) return;
  const { repository, commit, ref } = job;
  const from = [repository, commit, ref].filter((one) => one !== null).join(' ');
  const by = signer.kind === 'keyless' ? 'without a key' : `with the key ${signer.key}`;
  const what = `${terms.name} ${terms.version} to ${formatRepository(destination)}`;
  sayNote(call.io, `${makePrintable(`${job.runner}: ${from}`)}\n`);
  sayNote(call.io, `${makePrintable(`releasing ${what}, signed ${by}`)}\n`);
}

async function release(
  call: ReleaseCall,
  config: Config,
  terms: ReleaseTerms,
  stated: ReleaseFacts,
): Promise<ResultReport> {
  const judge = orThrow(await openJudge(config));
  const target = await openCommandClient(config, call.io.env);
  // Before the first question, which an empty graph answers better than none; a log that cannot be
  // written is noticed before anything is published.
  const ledger = call.options.dryRun === true ? null : await openLedger(config);
  const graph = await openGraphFacts(config);
  const facts = { ...stated, buildGate: await graph.findGate(stated.source) };
  const complete = await openCompletion(call.options, call.io.cwd);
  const image = await openImage(call, terms, target);
  try {
    const signing = await openReleaseSigning(call, config, terms);
    const { dryRun } = call.options;
    const request: ReleaseRequest = {
      ...{ facts, image, dryRun, ...signing.request },
      destination: { target, reference: terms.destination },
      tool: { name: 'waybill', version: version() },
    };
    const shown = { call, terms, facts, signer: signing.signer };
    const ports = openPorts(call, request, judge, { findFacts: graph.find, complete });
    if (!signing.signs) {
      const prepared = await prepareRelease(request, null, ports, { signal: call.signal });
      return reportPrepared(shown, orThrow(prepared));
    }
    return await shipAndRecord(shown, request, { log: ledger?.log ?? null, judge, ports });
  } finally {
    image.close();
    target.close();
    await graph.close();
    await ledger?.close();
    judge.close();
  }
}

type EvidenceLog = Awaited<ReturnType<typeof openLedger>>['log'];

interface ShipPlace {
  /** Null where nothing is written. */
  readonly log: EvidenceLog | null;
  readonly judge: Judge;
  readonly ports: ReleasePorts;
}

async function shipAndRecord(
  shown: ShownRelease,
  request: ReleaseRequest,
  { log, judge, ports }: ShipPlace,
): Promise<ResultReport> {
  const outcome = orThrow(await shipRelease(request, ports, { signal: shown.call.signal }));
  if (outcome.published && log !== null) {
    ports.progress('recording');
    await record(request, outcome, judge, log);
  }
  return reportShipped(shown, outcome);
}

/**
 * A published release is recorded even if the user stops the command in between. If recording
 * fails, the error says so.
 */
async function record(
  request: ReleaseRequest,
  outcome: ReleaseOutcome,
  judge: Judge,
  log: EvidenceLog,
): Promise<void> {
  const evidence = await gatherReleaseEvidence(
    request,
    outcome,
    judge,
    new AbortController().signal,
  );
  const recorded = evidence.ok ? await log.append(evidence.value, outcome.releasedAt) : evidence;
  if (recorded.ok) return;
  const { code, message, remedy } = recorded.failure;
  const what = `the release is published, but it could not be recorded: ${message}`;
  throw new Failure(code, what, `${remedy} Then run waybill release again.`, {
    cause: recorded.failure,
  });
}

async function openImage(
  call: ReleaseCall,
  { destination, image: text }: ReleaseTerms,
  target: ArtifactSource,
) {
  if (text === undefined) return { source: target, reference: destination, close: () => undefined };
  const named = parseTarget(text, call.io.cwd);
  if (named.kind === 'layout' || named.kind === 'image')
    return openImageTarget(named, readTargetContext(call, await loadCallConfig(call)));
  throw new Failure(
    'USAGE',
    `${text} is not an image`,
    'Name oci:DIR[:TAG], an archive or an image reference.',
  );
}

interface ShipPorts {
  readonly findFacts: DeskPorts['graph'];
  readonly complete: InventoryCompletion;
}

/** What the build phase asks for, of this call. */
function openPorts(
  call: ReleaseCall,
  request: ReleaseRequest,
  judge: Judge,
  { findFacts, complete }: ShipPorts,
): ReleasePorts {
  const now = () => toInstant(Date.now());
  const reading = createCommandBudget();
  const gate = async (
    reference: ImageReference,
    staged: ArtifactSource,
  ): Promise<Result<Evaluation>> =>
    judgeOnce(reference, {
      source: staged,
      inForce: judge.inForce,
      graph: (image, members, origin) =>
        findGraphFacts(request.facts, findFacts, { image, members, origin }),
      gate: 'release',
      now: now(),
      reading,
    });
  const progress = (step: string): void => sayNote(call.io, `${step}\n`);
  const { advisories, trust } = judge.inForce;
  const gather: ReleasePorts['gather'] = (reference, source) =>
    gatherImage(reference, now(), { source, trust }, { signal: call.signal });
  return { advisories, now, gate, progress, gather, reading, complete };
}

/**
 * What the graph knows. Without trusted provenance only a refusal of the claimed commit is known: a
 * release of a commit that the build gate refused can be refused, and no other commit vouches.
 */
async function findGraphFacts(
  facts: ReleaseFacts,
  find: DeskPorts['graph'],
  { image, members, origin }: GraphQuestion,
): ReturnType<DeskPorts['graph']> {
  const { repository, commit } = facts.source;
  const claim = { repository, commit };
  const { source, ...known } = await find(image, members, origin ?? claim);
  const release = toReleaseFact(facts);
  if (source === undefined) return { ...known, release };
  return { ...known, release, source: origin === null ? narrowToClaim(source, claim) : source };
}

interface GraphQuestion {
  readonly image: Digest;
  readonly members: readonly Digest[];
  readonly origin: SourceOrigin | null;
}

function toReleaseFact({ name, version: released, owner, source }: ReleaseFacts) {
  return { name, version: released, owner, ...buildSourceFacts(source) };
}
