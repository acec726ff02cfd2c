import { parseSelector } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openQuestions } from '../../compose.ts';
import { askOf, jsonOf } from '../asking.ts';
import type { Call, ExitCode } from '../command.ts';
import { configOf, wantsJson } from '../configured.ts';
import { printable, table } from '../io.ts';

export async function run(call: Call): Promise<ExitCode> {
  const ask = askOf(call);
  const selector = orThrow(parseSelector(call.options.text('component') ?? ''));
  const reader = await openQuestions(configOf(call));
  try {
    const answer = orThrow(await reader.releasesWith(selector, ask));
    if (wantsJson(call)) call.io.out(jsonOf(answer));
    else {
      call.io.err(`matched ${printable(answer.matched.join(', '))}${answer.matchedMore ? ' and more' : ''}\n`);
      const rows = answer.releases.flatMap((release) =>
        release.components.map(({ purl, image }) => [
          release.name,
          release.version,
          formatInstant(release.releasedAt),
          release.owner ?? '-',
          purl,
          image,
          release.document,
        ]),
      );
      call.io.out(
        rows.length === 0
          ? 'no release\n'
          : table(['RELEASE', 'VERSION', 'RELEASED', 'OWNER', 'COMPONENT', 'IMAGE', 'EVIDENCE'], rows),
      );
      if (answer.next !== null) call.io.err(`more: --after ${answer.next}\n`);
    }
    return 0;
  } finally {
    await reader.close();
  }
}
