import { writeSarif } from '../../../capabilities/scanning/index.ts';
import { Failure } from '../../../core/failure.ts';
import { version } from '../../compose/version.ts';
import type { Piece } from './renderer.ts';
import type { ResultReport } from './report.ts';

/** SARIF 2.1.0 (OASIS): a document of one target. */
export function render({ findings }: Pick<ResultReport, 'findings'>): readonly Piece[] {
  const [first, ...others] = findings?.() ?? [];
  if (first !== undefined && others.length === 0)
    return [{ to: 'out', content: writeSarif(first.report, { toolVersion: version() }) }];
  throw new Failure(
    'USAGE',
    'a SARIF document describes one target',
    'Scan one target at a time, or use --format json.',
  );
}
