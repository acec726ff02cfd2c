import type { Ecosystem } from '../ecosystem.ts';
import { combineNpm } from './combine.ts';
import { npmDeclarations } from './declared/npm-declarations.ts';
import { denoManifest } from './deno/deno-manifest.ts';
import { npmFixes } from './fix/fix-npm.ts';
import { JSR } from './installed/npm-draft.ts';
import { npmLock } from './installed/npm-lock.ts';
import { npmManifest } from './installed/npm-manifest.ts';
import { npmrcGap } from './installed/npmrc-gap.ts';
import { findLinkedFormat, linkedLocks } from './linked/lock-table.ts';
import { isNpmLock } from './lock/lock-files.ts';
import { npmMentions } from './mentions.ts';
import { classifyModulesLink, nodeModules } from './node-modules/node-modules.ts';
import { npmNaming } from './npm-naming.ts';

/** Packages of npm, locked by any of its package managers, installed or required. */
export const npm: Ecosystem = {
  name: 'npm',
  purlTypes: ['npm', JSR],
  advisories: npmNaming,
  extractors: [nodeModules, npmLock, ...linkedLocks, npmManifest, denoManifest, npmrcGap],
  combine: combineNpm,
  markers: [
    { pattern: /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/, means: 'read' },
    { pattern: /(?:^|\/)(?:pnpm-lock\.yaml|(?:yarn|bun|deno)\.lock)$/, means: 'read' },
    { pattern: /(?:^|\/)(?:package\.json|deno\.jsonc?)$/, means: 'declares' },
  ],
  installFolder: {
    name: 'node_modules',
    isLock: (path) => isNpmLock(path) || findLinkedFormat(path) !== null,
    classifyLink: classifyModulesLink,
  },
  declarations: npmDeclarations,
  mentions: npmMentions,
  fixes: npmFixes,
};
