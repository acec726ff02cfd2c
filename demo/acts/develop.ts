import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { TRIPS_1_3_JAR, TRIPS_1_4 } from '../services.ts';
import type { Act, Step } from '../step.ts';
import type { World } from '../world.ts';

function change(world: World, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) world.write(path, content);
}

const unsigned: Step = {
  id: 'signed-commit',
  proves: ['D13'],
  says: 'Alice moves trips off Java 7, to the log4j of its day, and signs the commit.',
  expects: 'pushed',
  run: async (world) => {
    rmSync(join(world.repository, TRIPS_1_3_JAR));
    change(world, TRIPS_1_4);
    await world.git(['add', '--all']);
    await world.git(['commit', '--quiet', '-S', '-m', 'trips 1.4 leaves Java 7']);
    await world.quietly('git', ['tag', 'trips-1.4']);
    const pushed = await world.git(['push', 'origin', 'main']);
    return pushed.code === 0 ? 'pushed' : pushed.stderr;
  },
};

export const develop: Act = {
  name: 'develop',
  says: "No code leaves a developer's machine unsigned, with a known critical vulnerability, or with a component that may change by itself.",
  steps: [unsigned],
};
