import { alpm } from './alpm/index.ts';
import { apk } from './apk/index.ts';
import { debian } from './debian/index.ts';
import { dockerfile } from './dockerfile/index.ts';
import type { Ecosystem } from './ecosystem.ts';
import { golang } from './golang/index.ts';
import { maven } from './maven/index.ts';
import { npm } from './npm/index.ts';
import { opkg } from './opkg/index.ts';
import { portage } from './portage/index.ts';
import { programs } from './programs/index.ts';
import { rpm } from './rpm/index.ts';

/** The one list of ecosystems: to add one, write its folder and add a line here. */
export const ECOSYSTEMS: readonly Ecosystem[] = [
  debian,
  apk,
  rpm,
  alpm,
  portage,
  opkg,
  npm,
  maven,
  dockerfile,
  golang,
  programs,
];
