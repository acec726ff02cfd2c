import { toAnswer } from '../../../core/api-version.ts';
import type { Piece, RenderStyle } from './renderer.ts';
import type { ResultReport } from './report.ts';

/** For programs: the value of the report, on one line if it is one of several. */
export function render(
  { value }: Pick<ResultReport, 'value'>,
  { isPart }: RenderStyle,
): readonly Piece[] {
  if (value === null) return [];
  const answer = toAnswer(value.json());
  return [{ to: 'out', content: `${JSON.stringify(answer, null, isPart ? 0 : 2)}\n` }];
}
