import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder } from './peer.ts';

/**
 * A file of a package from npm, installed once in the folder of peers without its install scripts.
 * Null, with a message, where it cannot be had.
 */
export function installNpmPeer(name: string, version: string, path: string): string | null {
  const folder = join(peersFolder, `npm-${name.replaceAll(/[@/]/g, '-')}-${version}`);
  const file = join(folder, 'node_modules', name, path);
  if (existsSync(file)) return file;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`];
    execFileSync('npm', words, { cwd: folder, stdio: 'ignore', timeout: 300_000 });
  } catch {
    console.warn(`skipped: ${name} ${version} cannot be installed from npm`);
    return null;
  }
  return existsSync(file) ? file : null;
}
