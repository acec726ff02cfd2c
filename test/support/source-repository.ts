import { execFileSync } from 'node:child_process';

const WHO = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
const AT = '2026-11-20T12:00:00Z';

/** Makes `folder` a clone of `remote` with one commit, and returns its id, always the same. */
export function makeSourceRepository(folder: string, remote: string): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...WHO, ...args], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        GIT_AUTHOR_DATE: AT,
        GIT_COMMITTER_DATE: AT,
      },
    }).trim();
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', remote);
  git('-c', 'commit.gpgSign=false', 'commit', '--quiet', '--allow-empty', '--message', 'one');
  return git('rev-parse', 'HEAD');
}
