import type { Ecosystem } from '../ecosystem.ts';
import { condaDeclarations } from './conda-declarations.ts';
import { condaEnvironment } from './conda-environment.ts';
import { condaLock } from './conda-locks.ts';
import { combineConda, condaMeta } from './conda-meta.ts';

/** Packages of conda, installed or locked; OSV has no advisories for them. */
export const conda: Ecosystem = {
  name: 'conda',
  purlTypes: ['conda'],
  extractors: [condaMeta, condaLock, condaEnvironment],
  combine: combineConda,
  declarations: condaDeclarations,
  markers: [
    { pattern: /(?:^|\/)(?:[^/]*conda-lock\.ya?ml|pixi\.lock|conda[^/]*\.lock)$/, means: 'read' },
    {
      pattern:
        /(?:^|\/)(?:[^/]*environment\.ya?ml|environment[-_][^/]*\.ya?ml|conda\.ya?ml|pixi\.toml)$/,
      means: 'declares',
    },
  ],
};
