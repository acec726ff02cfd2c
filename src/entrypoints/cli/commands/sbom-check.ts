import {
  checkSbom,
  type ElementCheck,
  type ProfileCheck,
  SBOM_PROFILES,
  type SbomProfile,
} from '../../../capabilities/inventory/index.ts';
import { orThrow } from '../../../core/result.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { loadSbomTarget } from '../../compose/sbom-files.ts';
import { listFailedHints, runBatch, toFailedJson } from '../batch.ts';
import type { SbomCheckCall } from '../options/inventory.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

interface CheckedSbom {
  readonly target: string;
  readonly profiles: readonly ProfileCheck[];
}

/**
 * Ends with 1 where an element of a profile is missing; one that is said to be unknown is there.
 */
export async function run(call: SbomCheckCall): Promise<Report> {
  const named = call.options.profile;
  const all = Object.keys(SBOM_PROFILES) as readonly SbomProfile[];
  const profiles = named.length === 0 ? all : all.filter((one) => named.includes(one));
  const checked = await runBatch(call.args, call, async (target): Promise<CheckedSbom> => {
    const { bytes } = await loadSbomTarget(target, call.io);
    return { target, profiles: orThrow(readWithinBudget(bytes, () => checkSbom(bytes, profiles))) };
  });
  const areMet = checked.done.every((one) => one.profiles.every(({ isMet }) => isMet));
  return {
    kind: 'result',
    exitCode: checked.failed.length > 0 ? 3 : areMet ? 0 : 1,
    value: toValue('sbom-check', () => ({
      targets: checked.done,
      failed: checked.failed.map(toFailedJson),
    })),
    blocks: () => checked.done.flatMap(showChecked),
    hints: listFailedHints(checked.done.length, checked.failed),
  };
}

function showChecked({ target, profiles }: CheckedSbom, at: number): readonly Block[] {
  const blocks = profiles.flatMap(({ title, isMet, elements }): readonly Block[] => [
    showLine(`${target}: ${title}: ${isMet ? 'met' : 'not met'}`),
    showTable(
      ['ELEMENT', 'STATE', 'STATED', 'UNKNOWN', 'MISSING', 'WITHOUT IT'],
      elements.map(toRow),
    ),
    showLine(),
  ]);
  return at === 0 ? blocks : [showLine(), ...blocks];
}

function toRow(check: ElementCheck): readonly string[] {
  const { element, of, state, stated, unknown, missing, examples } = check;
  const more = missing > examples.length && examples.length > 0 ? ', …' : '';
  return [
    of === 'document' ? `${element} of the document` : element,
    state,
    String(stated),
    String(unknown),
    String(missing),
    `${examples.join(', ')}${more}`,
  ];
}
