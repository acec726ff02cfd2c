import type { Narrator } from './narrator.ts';
import type { World } from './world.ts';

export interface KeptDemo {
  readonly folder: string;
  /** Null when the demo did not reach this point. */
  readonly registry: string | null;
  readonly server: string | null;
  /** The page of the server, at the exposure of the story. */
  readonly page: string | null;
  readonly play: readonly string[];
  readonly end: string;
}

/** What the page shows first. */
const EXPOSURE = '?ask=exposure&vulnerability=CVE-2021-44228';

/** Leaves registry and server running, and says how to use them. */
export function leaveUp(world: World, narrator: Narrator): KeptDemo {
  const [registry, server] = [world.recall('pid registry'), world.recall('pid serve')].map(
    (pid) => pid !== null,
  );
  const pids = [world.recall('pid registry'), world.recall('pid serve')].filter(
    (pid) => pid !== null,
  );
  const kept: KeptDemo = {
    folder: world.folder,
    registry: registry === true ? world.noted('registry') : null,
    server: server === true ? world.noted('server') : null,
    page: server === true ? `${world.noted('server')}/${EXPOSURE}` : null,
    play: [
      `export WAYBILL_HOME='${world.home}' WAYBILL_POLICY='${world.folder}/policy.yaml'`,
      ...(registry === true ? [`npm run waybill -- verify ${world.image('trips:1.4')}`] : []),
      ...(server === true ? ['npm run waybill -- ask exposure CVE-2021-44228'] : []),
      'npm run waybill -- graph status',
    ],
    end: `${pids.length === 0 ? '' : `kill ${pids.join(' ')}; sleep 3; `}rm -rf '${world.folder}'`,
  };
  world.processes.release();
  const up = [
    ...(registry === true ? [`registry http://${kept.registry}`] : []),
    ...(server === true ? [`server ${kept.server}`, `page ${kept.page}`] : []),
  ];
  narrator.line(`\nKept: ${[...up, `work folder ${kept.folder}`].join(', ')}.`);
  narrator.line(
    `To try them:\n${kept.play.map((line) => `  ${line}`).join('\n')}\nTo stop them:\n  ` +
      `${kept.end}`,
  );
  return kept;
}
