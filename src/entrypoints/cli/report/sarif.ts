import { writeSarif, writeSarifRuns } from '../../../capabilities/scanning/index.ts';
import { version } from '../../compose/version.ts';
import type { Piece } from './renderer.ts';
import type { ResultReport } from './report.ts';

/** SARIF 2.1.0 (OASIS), with a run for each target. */
export function render({ findings }: Pick<ResultReport, 'findings'>): readonly Piece[] {
  const { targets = [], failed = [] } = findings?.() ?? {};
  const [first] = targets;
  const options = { toolVersion: version() };
  if (first !== undefined && targets.length === 1 && failed.length === 0)
    return write(writeSarif(first.report, { ...options, findLine: first.findLine }));
  const missing = failed.map(({ target, failure }) => ({ target, report: null, failure }));
  return write(writeSarifRuns([...targets, ...missing], options));
}

/** As text, so that what a terminal would obey is written as JSON writes it. */
function write(document: Uint8Array): readonly Piece[] {
  return [{ to: 'out', content: new TextDecoder().decode(document) }];
}
