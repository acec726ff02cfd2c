import { takeDirectory } from '../extractor.ts';
import { joinPath, type LockFormat } from '../locked/locked-package.ts';
import { wantFiles } from '../wanted-files.ts';
import { isBundleConfig, readBundleConfig } from './bundle-config.ts';
import { readGemfile, readGemspec } from './gemfile.ts';
import { buildGemParts, nameGemfile, RELOCK, readGemfileLock } from './gemfile-lock.ts';
import { isSpecification } from './installed-gem.ts';

/** Locks of Bundler with their Gemfiles, gemspecs of the project, and `.bundle/config`. */
export const rubyFormat: LockFormat = {
  name: 'ruby',
  purlType: 'gem',
  isLock: wantFiles(
    { names: ['gems.locked'], endings: ['.gemfile.lock'] },
    { endings: ['.lock'], where: /(?:^|\/)Gemfile(?:\.[^/]+)?\.lock$/ },
  ),
  isManifest: wantFiles(
    { names: ['Gemfile', 'gems.rb'], endings: ['.gemfile'] },
    { endings: ['.gemspec'], where: (path) => !isSpecification(path) },
  ),
  readLock: readGemfileLock,
  readManifest: (path, bytes) =>
    path.endsWith('.gemspec') ? readGemspec(path, bytes) : readGemfile(path, bytes),
  buildParts: (name, version) => buildGemParts(name, version, null),
  relock: RELOCK,
  findManifest: nameGemfile,
  isMark: isSpecification,
  isShadowed: isInstalled,
  settings: {
    wants: isBundleConfig,
    findFolder: (path) => takeDirectory(takeDirectory(path)),
    read: readBundleConfig,
  },
};

/** What is left of its development in `gems/NAME-VERSION`, beside `specifications`. */
function isInstalled(path: string, paths: ReadonlySet<string>): boolean {
  const segments = path.split('/');
  return segments.some((segment, at) => {
    if (segment !== 'gems' || at + 2 >= segments.length) return false;
    const home = segments.slice(0, at).join('/');
    const gem = segments[at + 1] ?? '';
    return paths.has(joinPath(home, `specifications/${gem}.gemspec`));
  });
}
