import { Failure } from '../../core/failure.ts';
import { ok, orThrow } from '../../core/result.ts';
import type { DocumentsInForce, VerdictDesk } from '../../gates/desk/index.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';
import { openGraphFacts } from '../compose/graph.ts';
import { createDesk, openJudge } from '../compose/open-judge.ts';
import { type ImagePlaces, openImageSource } from '../compose/stand-ins.ts';
import { parseTarget } from '../compose/targets.ts';
import type { Config } from '../config/config.ts';
import { letSignalsThrough } from './breathing-index.ts';
import { type ConfigOptions, loadCallConfig } from './call-config.ts';
import type { Call } from './command.ts';

/** A desk that decides as the server would, for one command. */
export interface GateDesk {
  readonly config: Config;
  readonly inForce: DocumentsInForce;
  readonly desk: VerdictDesk;
  readonly close: () => Promise<void>;
}

/** `from` names layouts in the place of registries, and `bundles` what they must hold. */
export async function openGateDesk(
  call: Call<ConfigOptions>,
  { from = [], bundles = [] }: Partial<Omit<ImagePlaces, 'signal'>> = {},
): Promise<GateDesk> {
  const config = await loadCallConfig(call);
  const judge = orThrow(await openJudge(config));
  const advisories = letSignalsThrough(judge.inForce.advisories, call.signal);
  const inForce = { ...judge.inForce, advisories };
  const images = await openImageSource(config, call.io, {
    ...{ from, bundles, signal: call.signal },
  });
  const graph = await openGraphFacts(config);
  const desk = createDesk({
    source: images.source,
    inForce: async () => ok(inForce),
    graph: graph.find,
    reading: readWithinBudget,
  });
  const close = async (): Promise<void> => {
    await graph.close();
    images.close();
    judge.close();
  };
  return { config, inForce, desk, close };
}

/** Refuses what is on the disk: a gate judges the image that its name stands for. */
export function requireImage(text: string, cwd: string): void {
  if (parseTarget(text, cwd).kind === 'image') return;
  throw new Failure(
    'USAGE',
    `${text} is not an image in a registry`,
    'Push it first; a gate reads from the registry.',
  );
}
