import { Failure } from '../../../core/failure.ts';
import { formatImageReference } from '../../../core/image-reference.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { assessBuild, type BuildAssessment, buildRunnerFact } from '../../../gates/facts/index.ts';
import { gatherImage } from '../../../gates/image-evidence/index.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { openImageTarget } from '../../compose/take-inventory.ts';
import { parseTarget } from '../../compose/targets.ts';
import { loadTrust } from '../../compose/trust.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import type { ProvenanceAssessCall } from '../options/statements.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Which level of SLSA's build track verified evidence shows, and what is missing for the next. */
export async function run(call: ProvenanceAssessCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const named = parseTarget(call.args[0] ?? '', call.io.cwd);
  if (named.kind !== 'image' && named.kind !== 'layout')
    throw new Failure('USAGE', `${named.text} is no image`, 'Name an image, or oci:DIR[:TAG].');
  const trust = orThrow(await loadTrust(config));
  const opened = await openImageTarget(named, readTargetContext(call, config));
  const { source, reference, close } = opened;
  try {
    const now = toInstant(Date.now());
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(LIMITS.verifyMs)]);
    const ports = { source, trust, reading: readWithinBudget };
    const evidence = orThrow(await gatherImage(reference, now, ports, { signal }));
    const assessed = assessBuild(evidence, buildRunnerFact(evidence, trust));
    const { digest } = evidence.subject;
    const image = formatImageReference({ ...reference, digest });
    const missing = evidence.documents.missing?.message ?? null;
    return show({ image, digest, missing }, assessed, Number(call.options.level));
  } finally {
    close();
  }
}

interface AssessmentPlace {
  readonly image: string;
  readonly digest: string;
  /** Why some evidence was not seen: it could only add to the level. */
  readonly missing: string | null;
}

function show(
  { image, digest, missing }: AssessmentPlace,
  { level, checks }: BuildAssessment,
  wanted: number,
): Report {
  return {
    kind: 'result',
    exitCode: level >= wanted ? 0 : missing === null ? 1 : 3,
    value: toValue('provenance-assess', () => ({
      ...{ image, digest, level, missing },
      checks: checks.map((check) => ({ ...check })),
    })),
    blocks: () => [
      showLine(`${image}: build level ${level}`),
      ...checks.map(({ level: of, holds, why }) =>
        showLine(`  ${holds ? 'holds' : 'lacks'}  level ${of}: ${why}`),
      ),
      ...(missing === null ? [] : [showLine(`  not all evidence was seen: ${missing}`)]),
    ],
  };
}
