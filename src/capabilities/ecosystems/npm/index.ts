import type { Ecosystem } from '../ecosystem.ts';
import { nameByPackage } from '../package-address.ts';
import { semverScheme } from '../semver-order.ts';
import { npmDeclarations } from './declared/npm-declarations.ts';
import { npmFixes } from './fix/fix-npm.ts';
import { npmLock } from './installed/npm-lock.ts';
import { npmManifest } from './installed/npm-manifest.ts';
import { npmrcGap } from './installed/npmrc-gap.ts';
import { isNpmLock } from './lock/lock-files.ts';
import { npmMentions } from './mentions.ts';
import { classifyModulesLink, nodeModules } from './node-modules/node-modules.ts';

/** Packages of npm, locked, installed or required. */
export const npm: Ecosystem = {
  name: 'npm',
  purlTypes: ['npm'],
  advisories: nameByPackage('npm', semverScheme),
  extractors: [nodeModules, npmLock, npmManifest, npmrcGap],
  markers: [
    { pattern: /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/, means: 'read' },
    { pattern: /(?:^|\/)package\.json$/, means: 'declares' },
  ],
  installFolder: { name: 'node_modules', isLock: isNpmLock, classifyLink: classifyModulesLink },
  declarations: npmDeclarations,
  mentions: npmMentions,
  fixes: npmFixes,
};
