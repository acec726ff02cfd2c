import { resolve } from 'node:path';
import {
  buildRebuildPredicate,
  encodeStatement,
  IN_TOTO_TYPE,
  REBUILD_TYPE,
  type RebuildStatement,
} from '../../../capabilities/attestation/index.ts';
import { openImage } from '../../../capabilities/registry/index.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { type BuildSource, findBuildSource } from '../../../gates/facts/index.ts';
import { gatherImage } from '../../../gates/image-evidence/index.ts';
import { toStatement } from '../../../phases/build/index.ts';
import { openLedger } from '../../compose/graph.ts';
import { rebuildImage } from '../../compose/rebuild.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseDurationMs } from '../durations.ts';
import { makePrintable, sayNote } from '../io.ts';
import type { RebuildCall } from '../options/statements.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import {
  describeStatement,
  type MadeStatement,
  makeStatement,
  type StatedPlace,
  showStatement,
} from '../state-about.ts';

/** Builds an image again from its recorded materials, compares both, and states the result. */
export async function run(call: RebuildCall): Promise<Report> {
  let result: RebuildStatement | null = null;
  const made = await makeStatement(call, {
    predicateType: REBUILD_TYPE,
    fileName: 'rebuild.intoto.json',
    isOfPlatform: true,
    state: async (place) => {
      result = await rebuild(call, place);
      return buildRebuildPredicate(result);
    },
  });
  if (result === null) throw new Failure('INTERNAL', 'nothing was built', 'Report this.');
  await record(call, made, result);
  return report(made, result);
}

async function rebuild(
  { options, io, signal }: RebuildCall,
  { target, reference, descriptor, repository, trust }: StatedPlace,
): Promise<RebuildStatement> {
  const timeMs = parseDurationMs(options.timeout);
  if (timeMs > LIMITS.rebuildMsMax)
    throw new Failure('USAGE', `--timeout is over ${LIMITS.rebuildMsMax} ms`, 'Shorten it.');
  const ports = { source: target, trust };
  const now = toInstant(Date.now());
  const evidence = orThrow(await gatherImage(reference, now, ports, { signal }));
  const found = findBuildSource(evidence);
  const source = chooseSource(found, options.commit);
  const image = orThrow(await openImage(target, repository, descriptor, { signal }));
  sayNote(io, `${makePrintable(`building ${source.commit} again: ${options.command}`)}\n`);
  const { command, passEnv: passed } = options;
  const place = { repository: resolve(io.cwd, options.source), env: io.env, signal };
  return rebuildImage(image, { source, command, timeMs, passed, ...place });
}

function chooseSource(found: BuildSource | null, commit: string | undefined): BuildSource {
  if (commit === undefined && found === null)
    throw new Failure(
      'FACT_UNKNOWN',
      'no trusted provenance records the one commit that the image was made from',
      'Attach its provenance (see the guide on releases), or name the commit: --commit.',
    );
  if (commit === undefined && found !== null) return found;
  if (commit === undefined || !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit))
    throw new Failure('USAGE', 'not a full commit id', 'Write all 40 (or 64) hex digits.');
  const isRecorded = found?.commit === commit;
  return { commit, repository: isRecorded ? found.repository : null, base: found?.base ?? null };
}

/** The log keeps what was stated, so that the graph has it too. */
async function record(
  call: RebuildCall,
  { subject }: MadeStatement,
  result: RebuildStatement,
): Promise<void> {
  const ledger = await openLedger(await loadCallConfig(call));
  try {
    const predicate = buildRebuildPredicate(result);
    const statement = toStatement(subject, { predicateType: REBUILD_TYPE, predicate });
    const body = encodeStatement(statement);
    const input = { kind: 'statement' as const, mediaType: IN_TOTO_TYPE, body, subject };
    orThrow(await ledger.log.append([input], result.finishedAt));
  } finally {
    await ledger.close();
  }
}

function report(made: MadeStatement, result: RebuildStatement): Report {
  const { reproduced, sameContent, difference, rebuilt, layers, commit, command } = result;
  return {
    kind: 'result',
    exitCode: reproduced ? 0 : 1,
    value: toValue('rebuild', () => ({
      ...describeStatement(made),
      ...{ commit, command, rebuilt, reproduced, sameContent, difference },
      layers: layers.map((layer) => ({ ...layer })),
    })),
    blocks: () => [...showComparison(result), ...showStatement(made)],
  };
}

function showComparison({
  reproduced,
  sameContent,
  difference,
  layers,
  rebuilt,
}: RebuildStatement): readonly Block[] {
  const verdict = reproduced
    ? 'reproduced: the same bytes'
    : sameContent
      ? 'not reproduced, but nothing that runs differs'
      : 'not reproduced';
  return [
    showLine(`${verdict} (${rebuilt})`),
    ...(difference === null ? [] : [showLine(`  ${makePrintable(difference)}`)]),
    ...layers.flatMap(({ digest, match }, at) =>
      match === 'bytes'
        ? []
        : [
            showLine(
              `  layer ${at + 1} ${match === 'content' ? 'is packed otherwise' : 'differs'}: ${digest}`,
            ),
          ],
    ),
  ];
}
