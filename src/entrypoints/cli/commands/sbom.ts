import { resolve } from 'node:path';
import { toVulnerabilityUrl } from '../../../capabilities/advisories/index.ts';
import {
  type Component,
  describeSkip,
  type Inventory,
} from '../../../capabilities/ecosystems/index.ts';
import {
  SBOM_WRITERS,
  type SbomAuthor,
  type SbomFindings,
  type SbomOptions,
  type SnapshotRun,
  writeSnapshot,
} from '../../../capabilities/inventory/index.ts';
import { scanInventory } from '../../../capabilities/scanning/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { getOwn } from '../../../core/own.ts';
import { orThrow } from '../../../core/result.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { openCompletion } from '../../compose/inventory-completion.ts';
import { MANIFEST_FORMS, writeManifest } from '../../compose/sbom-files.ts';
import { type TargetInventory, takeInventory } from '../../compose/take-inventory.ts';
import { version } from '../../compose/version.ts';
import type { Config } from '../../config/config.ts';
import { type Batch, listFailedHints, runBatch, toFailedJson } from '../batch.ts';
import { letSignalsThrough } from '../breathing-index.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import type { Call } from '../command.ts';
import { formatLicences } from '../format-package.ts';
import { clearProgress, makePrintable, paintErr, sayNote, startProgress } from '../io.ts';
import type { SbomCall } from '../options/inventory.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/**
 * Gaps are printed on stderr: they are not a failure of the command, but they must not be
 * overlooked.
 */
export async function run(call: SbomCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const form = call.options.format;
  requirePlaceForFindings(call);
  const version = findManifestVersion(call);
  const isOne = version !== null || (form !== 'json' && form !== 'table');
  if (isOne && call.args.length > 1) {
    throw new Failure(
      'USAGE',
      `${version === null ? form : 'a manifest'} describes one target, and ${call.args.length} were named`,
      'Name one target.',
    );
  }
  const onProgress = startProgress(call.io, 'files read');
  const context = { ...readTargetContext(call, config), onProgress };
  const complete = await openCompletion(call.options, call.io.cwd);
  const taken = await runBatch(call.args, call, async (target) => {
    const one = await takeInventory(target, context);
    return { ...one, inventory: await complete(one.inventory) };
  });
  clearProgress(call.io);
  for (const { target, recognised, inventory, lacks } of taken.done) {
    sayNote(
      call.io,
      `${makePrintable(`${target.text}: ${recognised}`)}, ` +
        `${formatCount(inventory.components.length, 'component')}\n`,
    );
    printPartial(call, inventory);
    printRemarks(call, inventory);
    printLacks(call, inventory, lacks);
  }
  const [first] = taken.done;
  const findings =
    call.options.withFindings && first !== undefined ? await findIn(first, call, config) : null;
  const report = buildReport(taken, call, findings);
  if (version !== null) saveManifest(call, report, version);
  return report;
}

/** Null: the document goes where every other one goes. */
function findManifestVersion({ options }: SbomCall): ManifestVersion | null {
  if (options.manifest === undefined) return null;
  const form = options.format === 'table' ? 'spdx-2.2-json' : options.format;
  const folder = MANIFEST_FORMS.get(form);
  if (folder !== undefined) return { form, folder };
  throw new Failure(
    'USAGE',
    `sbom-tool writes no ${form}`,
    `Write ${[...MANIFEST_FORMS.keys()].join(' or ')} with --manifest.`,
  );
}

interface ManifestVersion {
  readonly form: string;
  readonly folder: string;
}

function saveManifest(
  { io, options }: SbomCall,
  { documents }: ReturnType<typeof buildReport>,
  { form, folder }: ManifestVersion,
): void {
  const document = getOwn(documents, form);
  if (document === undefined || options.manifest === undefined) return;
  const path = writeManifest(resolve(io.cwd, options.manifest), folder, document());
  sayNote(io, `${makePrintable(path)}, with its checksum beside it\n`);
}

/** Forms without a place for what a scan finds: GitHub finds that itself. */
const WITHOUT_FINDINGS: ReadonlySet<string> = new Set(['table', 'json', 'github-json']);

function requirePlaceForFindings({ options }: SbomCall): void {
  // mutant findings-without-a-place by sbom-findings: condition -> false
  if (!options.withFindings || !WITHOUT_FINDINGS.has(options.format)) return;
  throw new Failure(
    'USAGE',
    `${options.format} has no place for findings`,
    'Write CycloneDX or SPDX; or use waybill scan.',
  );
}

/** What advisories say of the components, as `waybill scan` finds it; VEX is another document. */
async function findIn(
  { inventory }: TargetInventory,
  { io, signal }: SbomCall,
  config: Config,
): Promise<SbomFindings> {
  const { index, close } = await openAdvisories(config);
  try {
    const now = toInstant(Date.now());
    const report = orThrow(
      await scanInventory(inventory, letSignalsThrough(index, signal), { now }),
    );
    const { outcome, findings, notCovered, data, updatedAt } = report;
    const left = notCovered.length === 0 ? '' : `, ${notCovered.length} not covered`;
    sayNote(io, `${formatCount(findings.length, 'finding')}${left}\n`);
    return {
      outcome: data.source === 'sample' ? 'partial' : outcome,
      items: findings.map((one) => ({ ...one, link: toVulnerabilityUrl(one.id) })),
      advisories: { version: data.version, updatedAt },
    };
  } finally {
    close();
  }
}

export function printPartial({ io }: Call, inventory: Inventory): void {
  if (inventory.outcome === 'complete') return;
  const count = inventory.skips.length;
  const why =
    count === 0
      ? 'it does not list everything, as it says'
      : `${formatCount(count, 'place')} could not be read completely`;
  io.err(`${paintErr(io, 'yellow', 'partial:')} ${why}\n`);
  for (const skip of inventory.skips.slice(0, 20))
    io.err(`  ${makePrintable(describeSkip(skip))} [${skip.cause.code}]\n`);
  if (inventory.skips.length > 20) io.err(`  … and ${inventory.skips.length - 20} more\n`);
}

/** Prints how much belongs to no component, where it was counted, and remarks. */
export function printRemarks({ io }: Call, { unexplained, notes = [] }: Inventory): void {
  for (const note of notes.slice(0, 20)) sayNote(io, `note: ${makePrintable(note)}\n`);
  if (notes.length > 20) sayNote(io, `  … and ${notes.length - 20} more\n`);
  if (unexplained === undefined || unexplained === null || unexplained.files === 0) return;
  const { files, bytes, executables } = unexplained;
  sayNote(
    io,
    `unexplained: ${formatCount(files, 'file')} of ${formatCount(bytes, 'byte')} ` +
      `${files === 1 ? 'belongs' : 'belong'} to no component, ` +
      `${formatCount(executables, 'program or library', 'programs or libraries')} among them\n`,
  );
}

/** Prints what an SBOM of another tool does not say. What could not be read was printed before. */
export function printLacks({ io }: Call, { skips }: Inventory, lacks: readonly string[]): void {
  const reported = new Set(skips.map(({ cause }) => cause.message));
  for (const lack of lacks) if (!reported.has(lack)) io.err(`  lacks: ${makePrintable(lack)}\n`);
}

function buildReport(
  batch: Batch<TargetInventory>,
  { io, options }: SbomCall,
  findings: SbomFindings | null,
): Report & { readonly documents: Readonly<Record<string, () => Uint8Array>> } {
  const { done: taken, failed } = batch;
  const [first] = taken;
  const made = {
    at: toInstant(Date.now()),
    tool: { name: 'waybill', version: version() },
    ...toAuthor(options.author),
    ...(findings === null ? {} : { findings }),
    ...(first?.origin === undefined ? {} : { origin: first.origin }),
  };
  const documents =
    first === undefined
      ? {}
      : {
          ...writeLater(first.inventory, made),
          'github-json': () => writeSnapshot(first.inventory, made, findRun(io.env)),
        };
  return {
    kind: 'result',
    // mutant unread-target-is-listed by batch: value -> 0
    exitCode: failed.length > 0 ? 3 : 0,
    value: toValue('sbom', () => ({
      targets: taken.map(toJson),
      failed: failed.map(toFailedJson),
    })),
    blocks: () => taken.flatMap(showInventory),
    documents,
    hints: listFailedHints(batch.done.length, batch.failed),
  };
}

/** Every document of an inventory, each made only on request. */
export function writeLater(
  inventory: Inventory,
  made: SbomOptions,
): Readonly<Record<string, () => Uint8Array>> {
  return Object.fromEntries(
    Object.entries(SBOM_WRITERS).map(([name, write]) => [name, () => write(inventory, made)]),
  );
}

/** A name, and an address in angle brackets where one is given. */
export function toAuthor(text: string | undefined): { readonly author?: SbomAuthor } {
  if (text === undefined) return {};
  const [, named = text, email] = /^([^<>]*)<([^<>\s@]+@[^<>\s@]+)>$/.exec(text) ?? [];
  const name = named.trim();
  if (name === '' || /\p{Cc}/u.test(name))
    throw new Failure(
      'USAGE',
      'the author has no name',
      'Write --author "Shop <sbom@shop.example>".',
    );
  return { author: { name, email: email ?? null } };
}

/** The run of a workflow, as GitHub Actions describes it to every step. */
function findRun(env: Call['io']['env']): SnapshotRun {
  const { GITHUB_SHA: sha = '', GITHUB_REF: ref = '' } = env;
  if (!/^[0-9a-f]{40,64}$/.test(sha) || !ref.startsWith('refs/'))
    throw new Failure(
      'USAGE',
      'github-json says which commit it is about, and GITHUB_SHA and GITHUB_REF do not name one',
      'Run it in a workflow of GitHub, or set both, such as GITHUB_REF=refs/heads/main.',
    );
  const { GITHUB_RUN_ID: jobId = '0', GITHUB_WORKFLOW = '', GITHUB_JOB = '' } = env;
  const correlator = [GITHUB_WORKFLOW, GITHUB_JOB].filter((word) => word !== '').join('_');
  return { sha, ref, jobId, correlator: correlator === '' ? 'waybill' : correlator };
}

/** There is an empty line between two targets. */
function showInventory({ inventory }: TargetInventory, at: number): readonly Block[] {
  const components = showTable(
    ['NAME', 'VERSION', 'LICENCE', 'PURL'],
    inventory.components.map(toRow),
  );
  return at === 0 ? [components] : [showLine(), components];
}

function toRow({
  name,
  version: installed,
  licenses,
  purl,
  development,
}: Component): readonly string[] {
  return [
    name,
    installed,
    formatLicences(licenses) || 'unknown',
    development ? `${purl} (development)` : purl,
  ];
}

type TargetValue = SchemaValue<'sbom'>['targets'][number];

function toJson({ target, recognised, inventory, lacks }: TargetInventory): TargetValue {
  const skips = inventory.skips.map(({ location, cause }) => ({
    location,
    code: cause.code,
    message: cause.message,
  }));
  const { direct: _, unexplained = null, notes = [], ...listed } = inventory;
  return { target: target.text, recognised, ...listed, unexplained, notes, skips, lacks };
}
