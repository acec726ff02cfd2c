import type { Ecosystem } from '../ecosystem.ts';
import { nameByPackage } from '../package-address.ts';
import { combinePython } from './combine.ts';
import { pythonDeclarations } from './declared/python-declarations.ts';
import { pythonFixes } from './fix/fix-python.ts';
import { pythonPackages, pythonProjects } from './installed/installed-packages.ts';
import { pythonArchive } from './installed/python-archive.ts';
import { pythonLock } from './lock/lock-extractor.ts';
import { pythonManifest } from './manifest/manifest-extractor.ts';
import { pythonScript } from './manifest/script-header.ts';
import { pythonMentions } from './mentions.ts';
import { normaliseName } from './requirement.ts';
import { pythonRequirements } from './requirements/requirements-extractor.ts';
import { pythonScheme } from './version-order.ts';

/** Packages of the Python Package Index and of private ones. */
export const python: Ecosystem = {
  name: 'python',
  purlTypes: ['pypi'],
  formatName: ({ name }) => name,
  advisories: {
    ...nameByPackage('PyPI', pythonScheme, ({ name }) => normaliseName(name)),
    foldName: normaliseName,
  },
  extractors: [
    pythonPackages,
    pythonProjects,
    pythonArchive,
    pythonLock,
    pythonRequirements,
    pythonManifest,
    pythonScript,
  ],
  combine: combinePython,
  declarations: pythonDeclarations,
  mentions: pythonMentions,
  fixes: pythonFixes,
  markers: [
    {
      pattern:
        /(?:^|\/)(?:uv\.lock|poetry\.lock|pdm\.lock|pylock(?:\.[^./]+)?\.toml|Pipfile\.lock|[^/]*requirements[^/]*\.txt)$/,
      means: 'read',
    },
    { pattern: /(?:^|\/)(?:pyproject\.toml|setup\.py|setup\.cfg|Pipfile)$/, means: 'declares' },
  ],
};
