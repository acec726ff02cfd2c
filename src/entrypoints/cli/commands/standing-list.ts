import { shortenInstant } from '../../../core/instant.ts';
import { StandingStore } from '../../server/standing/standing-store.ts';
import { describeStanding } from '../../server/standing/standing-text.ts';
import { loadCallConfig } from '../call-config.ts';
import type { StandingListCall } from '../options/standing.ts';
import { type Block, showNote, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/** Ends with 3 where a file of the folder is no standing question: nobody asks it. */
export async function run(call: StandingListCall): Promise<Report> {
  const { home } = await loadCallConfig(call);
  const store = new StandingStore(home);
  const { questions, unread } = store.list();
  const standing = questions.map((one) => describeStanding(one, store.readState(one.name)));
  return {
    kind: 'result',
    exitCode: unread.length === 0 ? 0 : 3,
    value: toValue('standing-list', () => ({ standing, unread })),
    blocks: () => [
      ...showStanding(standing),
      ...unread.map((file) => showNote(`not read: ${file} is no standing question`)),
    ],
  };
}

function showStanding(standing: SchemaValue<'standing-list'>['standing']): readonly Block[] {
  if (standing.length === 0)
    return [showNote('no standing questions yet; keep one: waybill standing add')];
  const rows = standing.map(({ name, question, parameters, targets, askedAt, rows: listed }) => [
    ...[name, [question, ...Object.values(parameters)].join(' '), targets.join(', ')],
    ...[askedAt === null ? 'never' : shortenInstant(askedAt), `${listed}`],
  ]);
  return [showTable(['NAME', 'QUESTION', 'TELLS', 'ASKED', 'ROWS'], rows)];
}
