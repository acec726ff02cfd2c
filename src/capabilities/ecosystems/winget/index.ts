import type { Ecosystem } from '../ecosystem.ts';
import { wingetConfiguration } from './configuration.ts';
import { wingetInstalled } from './installed-list.ts';
import { wingetManifest } from './manifest.ts';
import { wingetList } from './package-list.ts';
import { wingetDeclarations } from './winget-declarations.ts';
import { wingetFixes } from './winget-fixes.ts';

/**
 * Programs of Windows that winget installs. No feed of advisories goes by their names, so a scan
 * says that they are not covered.
 */
export const winget: Ecosystem = {
  name: 'winget',
  purlTypes: ['winget'],
  extractors: [wingetList, wingetInstalled, wingetConfiguration, wingetManifest],
  markers: [
    { pattern: /(?:^|\/)winget[^/]*\.json$/i, means: 'read' },
    { pattern: /\.(?:winget|dsc\.ya?ml|installer\.ya?ml)$/i, means: 'read' },
  ],
  declarations: wingetDeclarations,
  fixes: wingetFixes,
};
