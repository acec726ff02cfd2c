import { toAnswer } from '../../../core/api-version.ts';
import type { Piece, RenderStyle } from './renderer.ts';
import type { ReportValue, ResultReport } from './report.ts';

/** For programs: the value of the report, on one line if it is one of several. */
export function* render(
  { value }: Pick<ResultReport, 'value'>,
  { isPart }: RenderStyle,
): Generator<Piece> {
  if (value === null) return;
  const { json, list } = value;
  if (list !== undefined && !isPart) yield* renderList(list);
  else yield { to: 'out', content: JSON.stringify(toAnswer(json()), null, isPart ? 0 : 2) };
  yield { to: 'out', content: '\n' };
}

/** What JSON.stringify writes of the whole value, item by item. */
function* renderList({ key, items, rest }: NonNullable<ReportValue['list']>): Generator<Piece> {
  const text = JSON.stringify(toAnswer(rest()), null, 2);
  // No text has a line break in it, so this line is the one of the member itself.
  const opening = `\n  ${JSON.stringify(key)}: [`;
  const at = text.indexOf(`${opening}]`) + opening.length;
  yield { to: 'out', content: text.slice(0, at) };
  let before = '';
  const [start, end] = ITEM_FRAME;
  for (const item of items()) {
    const own = JSON.stringify([[item]], null, 2).slice(start.length, -end.length);
    yield { to: 'out', content: `${before}\n    ${own}` };
    before = ',';
  }
  yield { to: 'out', content: (before === '' ? '' : '\n  ') + text.slice(at) };
}

/** What is around an item of a list in a list. */
const ITEM_FRAME = (([start = '', end = '']) => [start, end] as const)(
  JSON.stringify([[0]], null, 2).split('0'),
);
