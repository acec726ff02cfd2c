import { resolve } from 'node:path';
import { API_VERSION } from '../../../core/api-version.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { trimEndCharacters } from '../../../formats/text/cut.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { requireQuestion } from '../../server/standing/routes.ts';
import { type NoticeTarget, parseStanding } from '../../server/standing/standing-document.ts';
import { StandingStore } from '../../server/standing/standing-store.ts';
import { describeStanding } from '../../server/standing/standing-text.ts';
import { parseAskedQuestion } from '../asked-question.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseDurationMs } from '../durations.ts';
import type { StandingAddCall } from '../options/standing.ts';
import { showLine, showNote } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

export async function run(call: StandingAddCall): Promise<Report> {
  const [name = ''] = call.args;
  const { home } = await loadCallConfig(call);
  const document = {
    ...{ apiVersion: API_VERSION, kind: 'StandingQuestion', name },
    ...(await parseAskedQuestion(call.options.ask)),
    digestMs: parseDurationMs(call.options.digest),
    targets: await readTargets(call),
  };
  const question = orThrow(parseStanding(Buffer.from(JSON.stringify(document))));
  requireQuestion(question);
  await new StandingStore(home).add(question);
  const shown = describeStanding(question, null);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('standing-add', () => shown),
    blocks: () => [
      showLine(`${name}: ${question.question}, told to ${shown.targets.join(', ')}`),
      showNote('waybill serve with this home asks it; the first answer is no news'),
    ],
  };
}

async function readTargets({ options, io }: StandingAddCall): Promise<readonly NoticeTarget[]> {
  const { webhook, slack, email, secretFile } = options;
  const read = (file: string) => readFileBounded(resolve(io.cwd, file), LIMITS.configBytesMax);
  const secret =
    secretFile === undefined
      ? undefined
      : trimEndCharacters(Buffer.from(await read(secretFile)).toString('utf8'), '\r\n');
  const targets: NoticeTarget[] = [
    ...webhook.map((url) => ({
      ...{ kind: 'webhook' as const, url },
      ...(secret === undefined ? {} : { secret }),
    })),
    ...slack.map((url) => ({ kind: 'slack' as const, url })),
    ...email.map((to) => ({ kind: 'email' as const, to })),
  ];
  if (targets.length > 0) return targets;
  throw new Failure('USAGE', 'nobody is told', 'Give --webhook, --slack or --email.');
}
