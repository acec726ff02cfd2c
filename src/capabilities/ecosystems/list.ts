import { cargo } from './cargo/index.ts';
import { debian } from './debian/index.ts';
import { dockerfile } from './dockerfile/index.ts';
import type { Ecosystem } from './ecosystem.ts';
import { maven } from './maven/index.ts';
import { npm } from './npm/index.ts';
import { php } from './php/index.ts';
import { ruby } from './ruby/index.ts';

/** The one list of ecosystems: to add one, write its folder and add a line here. */
export const ECOSYSTEMS: readonly Ecosystem[] = [debian, npm, maven, dockerfile, cargo, ruby, php];
