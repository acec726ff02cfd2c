import type { Ask, DeploymentAnswer, ReleaseAnswer } from '../../../capabilities/graph/index.ts';
import { type Digest, parseDigest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openQuestions, openRegistryClient } from '../../compose.ts';
import { parseTarget } from '../../targets.ts';
import { askOf, jsonOf } from '../asking.ts';
import type { Call, CommandModule, ExitCode } from '../command.ts';
import { configOf, wantsJson } from '../configured.ts';
import { table } from '../io.ts';

type Reader = Awaited<ReturnType<typeof openQuestions>>;

interface Told {
  readonly answer: object;
  readonly text: string;
  /** The cursor of the page that follows. */
  readonly next: string | null;
  readonly exit: ExitCode;
}

/** A question about one image, asked by its digest. */
function question(ask: (reader: Reader, image: Digest, ask: Ask) => Promise<Told>): CommandModule {
  return {
    run: async (call) => {
      const narrowing = askOf(call);
      const image = await digestOf(call);
      const reader = await openQuestions(configOf(call));
      try {
        const { answer, text, next, exit } = await ask(reader, image, narrowing);
        call.io.err(`${image}\n`);
        call.io.out(wantsJson(call) ? jsonOf({ image, ...answer }) : text);
        if (next !== null) call.io.err(`more: --after ${next}\n`);
        return exit;
      } finally {
        await reader.close();
      }
    },
  };
}

export const askWhere = question(async (reader, image, ask) => {
  const answer = orThrow(await reader.where(image, ask));
  return {
    answer,
    text: `${releasesText(answer.releases)}${runningText(answer.deployments)}`,
    next: answer.next,
    exit: 0,
  };
});

/** 1 when there are findings; an image without an inventory has none that are known, which is not clean. */
export const askFindings = question(async (reader, image, ask) => {
  const answer = orThrow(await reader.findingsOf(image, ask));
  if (answer.inventory === null) {
    const remedy = 'Import its SBOM: waybill graph import FILE --subject DIGEST.';
    throw new Failure('FACT_UNKNOWN', `nobody has told what ${image} is made of`, remedy);
  }
  const rows = answer.findings.map(({ severity, names, purl, fixed, status, advisory }) => [
    severity,
    names[0] ?? advisory,
    purl,
    fixed.slice(0, 3).join(', ') || '-',
    status,
  ]);
  const none = answer.inventory === 'complete' ? 'no findings\n' : 'no findings in a partial inventory\n';
  const text = rows.length === 0 ? none : table(['SEVERITY', 'ID', 'COMPONENT', 'FIXED IN', 'STATUS'], rows);
  return { answer, text, next: answer.next, exit: rows.length > 0 ? 1 : answer.inventory === 'complete' ? 0 : 3 };
});

export const askProvenance = question(async (reader, image, ask) => {
  const answer = orThrow(await reader.provenanceOf(image, ask));
  const builds = answer.builds.map(({ id, builder, source }) => [
    builder,
    id,
    source?.repository ?? '-',
    source?.commit ?? '-',
  ]);
  const documents = answer.documents.map(({ kind, digest, recordedAt, verifications }) => {
    const last = verifications.at(-1);
    const standing = last === undefined ? 'not verified' : `${last.outcome} ${last.signer?.identity ?? ''}`.trim();
    return [kind, digest, formatInstant(recordedAt), standing];
  });
  const text =
    releasesText(answer.releases) +
    (builds.length === 0 ? 'no build\n' : table(['BUILDER', 'BUILD', 'REPOSITORY', 'COMMIT'], builds)) +
    (documents.length === 0 ? 'no document\n' : table(['DOCUMENT', 'DIGEST', 'RECORDED', 'VERIFICATION'], documents));
  return { answer, text, next: answer.next, exit: 0 };
});

export const askVerdicts = question(async (reader, image, ask) => {
  const answer = orThrow(await reader.verdictsOf(image, ask));
  const rows = answer.verdicts.map(({ gate, decision, firstAt, lastAt, repeats, workload, document }) => [
    gate,
    decision,
    formatInstant(firstAt),
    formatInstant(lastAt),
    String(repeats),
    workload ?? '-',
    document,
  ]);
  const header = ['GATE', 'DECISION', 'FIRST', 'LAST', 'REPEATS', 'WORKLOAD', 'RECORD'];
  return { answer, text: rows.length === 0 ? 'no verdict\n' : table(header, rows), next: answer.next, exit: 0 };
});

function releasesText(releases: readonly ReleaseAnswer[]): string {
  const rows = releases.map(({ name, version, releasedAt, owner, source }) => [
    name,
    version,
    formatInstant(releasedAt),
    owner ?? '-',
    source?.repository ?? '-',
    source?.commit ?? '-',
  ]);
  const header = ['RELEASE', 'VERSION', 'RELEASED', 'OWNER', 'REPOSITORY', 'COMMIT'];
  return rows.length === 0 ? 'no release\n' : table(header, rows);
}

function runningText(deployments: readonly DeploymentAnswer[]): string {
  const rows = deployments.map(({ cluster, region, namespace, workload, from, until, open }) => [
    cluster,
    region ?? '-',
    namespace,
    `${workload.kind}/${workload.name}/${workload.container}`,
    formatInstant(from),
    open ? `running, seen to hold until ${formatInstant(until)}` : formatInstant(until),
  ]);
  const header = ['CLUSTER', 'REGION', 'NAMESPACE', 'WORKLOAD', 'FROM', 'UNTIL'];
  return rows.length === 0 ? 'not deployed\n' : table(header, rows);
}

/** A digest as it stands, that of a reference, or what a tag means now; the one that is asked about is printed. */
async function digestOf(call: Call): Promise<Digest> {
  const text = call.args[0] ?? '';
  if (/^sha(?:256|512):/.test(text)) return orThrow(parseDigest(text));
  const target = parseTarget(text, call.io.cwd);
  if (target.kind !== 'image')
    throw new Failure('USAGE', `${text} is no image`, 'Name a digest or an image reference.');
  if (target.reference.digest !== null) return target.reference.digest;
  const client = await openRegistryClient(configOf(call), call.io.env);
  try {
    return orThrow(await client.resolve(target.reference, { signal: call.signal })).digest;
  } finally {
    client.close();
  }
}
