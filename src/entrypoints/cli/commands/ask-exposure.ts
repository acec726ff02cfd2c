import type { ExposedRelease } from '../../../capabilities/graph/index.ts';
import { orThrow } from '../../../core/result.ts';
import { openQuestions } from '../../compose.ts';
import { askOf, jsonOf } from '../asking.ts';
import type { Call, ExitCode } from '../command.ts';
import { configOf, wantsJson } from '../configured.ts';
import { printable, table } from '../io.ts';

/** 1 when any release is exposed, 0 when none is. */
export async function run(call: Call): Promise<ExitCode> {
  const ask = askOf(call);
  const reader = await openQuestions(configOf(call));
  try {
    const answer = orThrow(await reader.exposure(call.args[0] ?? '', ask));
    if (wantsJson(call)) call.io.out(jsonOf(answer));
    else {
      const by = answer.advisories.length === 0 ? 'no advisory that stands' : answer.advisories.join(', ');
      call.io.err(`${printable(`${answer.names.join(', ')}: ${answer.severity}; by ${by}`)}\n`);
      if (answer.releases.some(({ componentsMore, deploymentsMore }) => componentsMore || deploymentsMore))
        call.io.err('not all components or deployments are shown\n');
      const rows = answer.releases.flatMap(rowsOf);
      const header = [
        'RELEASE',
        'VERSION',
        'COMPONENT',
        'FIXED IN',
        'CLUSTER',
        'REGION',
        'NAMESPACE',
        'WORKLOAD',
        'IMAGE',
      ];
      call.io.out(rows.length === 0 ? 'no release is exposed\n' : table(header, rows));
      if (answer.next !== null) call.io.err(`more: --after ${answer.next}\n`);
    }
    return answer.releases.length === 0 ? 0 : 1;
  } finally {
    await reader.close();
  }
}

function rowsOf(release: ExposedRelease): readonly (readonly string[])[] {
  return release.components.flatMap(({ purl, fixed, image }) => {
    const left = [release.name, release.version, purl, fixed.slice(0, 3).join(', ') || '-'];
    const running = release.deployments.filter(({ affected }) => affected.includes(image));
    if (running.length === 0) return [[...left, 'not deployed', '-', '-', '-', image]];
    return running.map(({ cluster, region, namespace, workload }) => [
      ...left,
      cluster,
      region ?? '-',
      namespace,
      `${workload.kind}/${workload.name}`,
      image,
    ]);
  });
}
