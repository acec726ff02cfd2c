import { debian } from './debian/index.ts';
import { dockerfile } from './dockerfile/index.ts';
import type { Ecosystem } from './ecosystem.ts';
import { maven } from './maven/index.ts';
import { npm } from './npm/index.ts';

/** Every ecosystem, in one visible list: to add one is to write its folder and a line here. */
export const ECOSYSTEMS: readonly Ecosystem[] = [debian, npm, maven, dockerfile];
