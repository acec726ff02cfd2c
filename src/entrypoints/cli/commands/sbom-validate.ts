import { type SbomValidation, validateSbom } from '../../../capabilities/inventory/index.ts';
import { orThrow } from '../../../core/result.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { loadSbomTarget } from '../../compose/sbom-files.ts';
import { listFailedHints, runBatch, toFailedJson } from '../batch.ts';
import type { SbomValidateCall } from '../options/inventory.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

interface ValidatedSbom extends SbomValidation {
  readonly target: string;
}

/** Ends with 1 where a document breaks a rule of its standard. */
export async function run(call: SbomValidateCall): Promise<Report> {
  const validated = await runBatch(call.args, call, async (target): Promise<ValidatedSbom> => {
    const { bytes } = await loadSbomTarget(target, call.io);
    return { target, ...orThrow(readWithinBudget(bytes, () => validateSbom(bytes))) };
  });
  const isValid = validated.done.every(({ breaches }) => breaches.length === 0);
  return {
    kind: 'result',
    exitCode: validated.failed.length > 0 ? 3 : isValid ? 0 : 1,
    value: toValue('sbom-validate', () => ({
      targets: validated.done,
      failed: validated.failed.map(toFailedJson),
    })),
    blocks: () => validated.done.flatMap(showValidated),
    hints: listFailedHints(validated.done.length, validated.failed),
  };
}

function showValidated({ target, breaches, more }: ValidatedSbom): readonly Block[] {
  if (breaches.length === 0) return [showLine(`${target}: valid`)];
  const rows = breaches.map(({ where, what }) => [where, what]);
  return [
    showLine(`${target}: not valid`),
    showTable(['WHERE', 'WHAT'], rows),
    ...(more === 0 ? [] : [showLine(`… and ${more} more`)]),
  ];
}
