import { ask } from './acts/ask.ts';
import { buildAct } from './acts/build.ts';
import { deploy } from './acts/deploy.ts';
import { develop } from './acts/develop.ts';
import { operate } from './acts/operate.ts';
import { prepare } from './acts/prepare.ts';
import type { Act } from './step.ts';

export const ACTS: readonly Act[] = [prepare, develop, buildAct, deploy, operate, ask];
