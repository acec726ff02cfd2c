import { parseManifest, readArtifactType } from '../../capabilities/registry/index.ts';
import { BUNDLE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import { formatImageReference } from '../../core/image-reference.ts';
import type { ImageVerdict } from '../../gates/desk/index.ts';
import type { PreparedRelease, ReleaseFacts, ReleaseOutcome } from '../../phases/build/index.ts';
import type { ReleaseCall } from './options/release.ts';
import type { ReleaseTerms } from './release-terms.ts';
import { type Block, showLine, showTable } from './report/block.ts';
import { formatRow, quoteText } from './report/markdown.ts';
import { type ResultReport, toValue } from './report/report.ts';
import type { SchemaValue } from './report/schemas.ts';
import { showVerdict, toVerdictExitCode, toVerdictJson } from './verdict-output.ts';

/** What a report says of every release, however it ended. */
export interface ShownRelease {
  readonly call: ReleaseCall;
  readonly terms: ReleaseTerms;
  readonly facts: ReleaseFacts;
  readonly signer: string;
}

type ReleaseValue = SchemaValue<'release'>;
type ListedArtifact = ReleaseValue['artifacts'][number];

/** The report of a release that the gate judged. */
export function reportShipped(shown: ShownRelease, outcome: ReleaseOutcome): ResultReport {
  const { evaluation, subject, published } = outcome;
  const { verdict, refuses } = evaluation;
  const image: ImageVerdict = {
    image: formatImageReference(shown.terms.destination),
    resolved: formatResolved(shown, subject),
    ...{ verdict, refuses, cause: null },
    record: sha256(evaluation.recordBytes),
  };
  const value = describe(shown, outcome, { published, verdict: toVerdictJson(image) });
  return {
    ...buildReport(value, () => [
      ...showVerdict(image, shown.call.options.explain),
      ...showRest(value),
    ]),
    exitCode: toVerdictExitCode([image]),
  };
}

/** The report of a dry run in which nobody signs, so that no gate could judge. */
export function reportPrepared(shown: ShownRelease, prepared: PreparedRelease): ResultReport {
  const value = describe(shown, prepared, { published: false, verdict: null });
  const note = 'not judged: signatures of a job are made, and published, by the release itself';
  const planned = [
    ...value.artifacts.map((one) => ({ ...one, digest: null, type: BUNDLE_TYPE })),
    ...prepared.signed.map(({ digest: about }): ListedArtifact => {
      return { kind: 'signature', about, digest: null, type: BUNDLE_TYPE };
    }),
  ];
  const whole = { ...value, artifacts: planned };
  return buildReport(whole, () => [showLine(note), ...showRest(whole)]);
}

function buildReport(value: ReleaseValue, blocks: () => readonly Block[]): ResultReport {
  return {
    ...{ kind: 'result', exitCode: 0, blocks },
    value: toValue('release', () => value),
    documents: { markdown: () => new TextEncoder().encode(formatMarkdown(value)) },
  };
}

function formatResolved({ terms }: ShownRelease, { digest }: Descriptor): string {
  return formatImageReference({ ...terms.destination, digest });
}

function describe(
  shown: ShownRelease,
  { subject, staging }: Pick<PreparedRelease, 'subject' | 'staging'>,
  ended: Pick<ReleaseValue, 'published' | 'verdict'>,
): ReleaseValue {
  const { terms, facts, signer, call } = shown;
  const { build, source } = facts;
  return {
    ...ended,
    dryRun: call.options.dryRun,
    ...{ digest: subject.digest, reference: formatResolved(shown, subject) },
    ...{ name: facts.name, version: facts.version, signer },
    source: {
      ...{ repository: source.repository, commit: source.commit },
      ref: build.job === null ? (terms.job?.ref ?? null) : build.job.ref,
    },
    build: { id: build.id, builder: build.builder, proven: build.job !== null },
    artifacts: staging.artifacts.map(({ kind, subject: about, manifest }): ListedArtifact => {
      const { digest, mediaType } = manifest.descriptor;
      const parsed = parseManifest(manifest.bytes, mediaType);
      const type = parsed.ok ? readArtifactType(parsed.value) : null;
      return { kind, about, digest, type: type ?? mediaType };
    }),
  };
}

function showRest(value: ReleaseValue): readonly Block[] {
  const { published, dryRun, reference, source, build, signer, artifacts } = value;
  if (!dryRun) return [showLine(published ? `published ${reference}` : 'nothing was published')];
  const rows = artifacts.map(({ kind, about, type }) => [kind, about, type]);
  return [
    showLine(`would publish ${reference}`),
    showLine(`  from ${source.commit} of ${source.repository}`),
    showLine(`  built by ${build.builder}${build.proven ? '' : ' (claimed)'}`),
    showLine(`  signed by ${signer}`),
    showTable(['WOULD BE ATTACHED', 'TO', 'TYPE'], rows),
    showLine('nothing was written'),
  ];
}

const ROWS_MAX = 200;

/** For a pull request or the summary of a job; no text from outside is markup in it. */
function formatMarkdown(value: ReleaseValue): string {
  const { verdict, artifacts, source, build } = value;
  const rules = (verdict?.results ?? []).map(({ rule, outcome, message, fix }) =>
    formatRow([rule, outcome, message ?? '', fix ?? ''].map(quoteText)),
  );
  const said = [
    ['release', `${value.name} ${value.version}`],
    ['image', value.reference],
    ['repository', source.repository],
    ['commit', source.commit],
    ['ref', source.ref ?? ''],
    ['builder', `${build.builder}${build.proven ? '' : ' (claimed)'}`],
    ['signed by', value.signer],
  ].map((row) => formatRow(row.map(quoteText)));
  const attached = artifacts.map(({ kind, about, type }) =>
    formatRow([kind, about, type].map(quoteText)),
  );
  const parts = [
    [`## Waybill release: ${sayEnd(value)}`],
    [formatRow(['', '']), formatRow(['---', '---']), ...said],
    ['### Release gate', '', ...listRows(['Rule', 'Outcome', 'Why', 'Fix'], rules)],
    ['### Attached', '', ...listRows(['What', 'To', 'Type'], attached)],
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function sayEnd({ dryRun, published, verdict }: ReleaseValue): string {
  const decided = verdict === null ? 'not judged' : verdict.decision;
  if (dryRun) return `${decided}, dry run, nothing was written`;
  return `${decided}, ${published ? 'published' : 'nothing was published'}`;
}

function listRows(head: readonly string[], rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return ['none'];
  const more = rows.length - ROWS_MAX;
  return [
    formatRow(head),
    formatRow(head.map(() => '---')),
    ...rows.slice(0, ROWS_MAX),
    ...(more > 0 ? ['', `and ${more} more`] : []),
  ];
}
