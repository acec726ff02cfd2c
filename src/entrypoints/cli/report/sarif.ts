import { type SarifRun, writeSarif, writeSarifRuns } from '../../../capabilities/scanning/index.ts';
import { version } from '../../compose/version.ts';
import { listAllDoubts } from './finding-text.ts';
import type { Piece } from './renderer.ts';
import type { ResultReport, TargetFindings } from './report.ts';

/** SARIF 2.1.0 (OASIS), with a run for each target. */
export function render({ findings }: Pick<ResultReport, 'findings'>): readonly Piece[] {
  const { targets = [], failed = [] } = findings?.() ?? {};
  const [first] = targets;
  const tool = { toolVersion: version() };
  if (first !== undefined && targets.length === 1 && failed.length === 0)
    return write(writeSarif(first.report, { ...tool, ...toOptions(first) }));
  const runs: readonly SarifRun[] = [
    ...targets.map((one) => {
      return { target: one.target, report: one.report, options: toOptions(one) };
    }),
    ...failed.map(({ target, failure }) => ({ target, report: null, failure })),
  ];
  return write(writeSarifRuns(runs, tool));
}

function toOptions(one: TargetFindings): NonNullable<SarifRun['options']> {
  return { findLine: one.findLine, known: one.known, doubts: listAllDoubts(one) };
}

/** As text, so that what a terminal would obey is written as JSON writes it. */
function write(document: Uint8Array): readonly Piece[] {
  return [{ to: 'out', content: new TextDecoder().decode(document) }];
}
