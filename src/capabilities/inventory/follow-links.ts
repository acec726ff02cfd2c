import type { Skip } from '../ecosystems/index.ts';
import {
  createSkip,
  FIXED_FOLDERS,
  INSTALL_FOLDERS,
  takeBaseName,
  takeDirectory,
} from '../ecosystems/index.ts';
import type { FileRecord, FileRequest, FileRequests } from './file-requests.ts';
import type { PathResolution, Snapshot } from './layers/snapshot.ts';

/**
 * Passes over a target: links and hard links lead to files that were not requested before. The
 * number of passes is limited.
 */
export const PASSES_MAX = 4;

/**
 * Follows the links at requested paths, and requests the unread files at their ends. True when
 * another pass would find more.
 */
export function followLinks(snapshot: Snapshot<FileRecord>, requests: FileRequests): boolean {
  let news = false;
  for (const folder of FIXED_FOLDERS) {
    const end = snapshot.resolve(folder);
    if (end.kind !== 'path' || end.path === folder) continue;
    // Where /lib is a link, so is the folder of apk, on systems of dpkg too: a pass for nothing.
    // mutant empty-folder-behind-a-link by follow-links: condition -> false
    if (requests.target === 'root-file-system' && !snapshot.mayHoldFiles(end.path)) continue;
    news = requests.addFolder(end.path, folder) || news;
  }
  for (const { path, symlink } of snapshot.entries()) {
    if (symlink === null) continue;
    for (const request of requests.listRequests(path))
      news = followFile(snapshot, requests, request) || news;
    for (const name of listInstallNames(requests, path))
      news = followInstalled(snapshot, requests, name) || news;
  }
  return news;
}

function followFile(
  snapshot: Snapshot<FileRecord>,
  requests: FileRequests,
  request: FileRequest,
): boolean {
  const end = snapshot.resolve(request.path);
  if (end.kind !== 'path' || isRead(end, request)) return false;
  return requests.addFile(end.path, request.path);
}

function isRead(end: PathResolution<FileRecord>, { extractor }: FileRequest): boolean {
  return (
    end.kind === 'path' &&
    (end.value?.readings ?? []).some(({ request }) => request.extractor === extractor)
  );
}

/**
 * The names of a link behind which packages are searched: its own, and those by links to its
 * folder.
 */
function listInstallNames(requests: FileRequests, path: string): readonly string[] {
  return requests.listNames(path).filter(isInstallLink);
}

function isInstallLink(path: string): boolean {
  return INSTALL_FOLDERS.some((folder) => folder.classifyLink(path) !== null);
}

function followInstalled(
  snapshot: Snapshot<FileRecord>,
  requests: FileRequests,
  path: string,
): boolean {
  const end = snapshot.resolve(path);
  if (end.kind !== 'path' || end.path === '' || isInstallLink(end.path)) return false;
  return requests.addFolder(end.path, path);
}

/**
 * What links make unreadable: requested paths that loop or leave the root, and a package database
 * that is a link to nothing.
 */
export function listLinkSkips(
  snapshot: Snapshot<FileRecord>,
  requests: FileRequests,
): readonly Skip[] {
  const skips: Skip[] = [];
  for (const { path, symlink } of snapshot.entries()) {
    if (symlink === null) continue;
    for (const request of requests.listRequests(path)) {
      const end = snapshot.resolve(request.path);
      if (end.kind !== 'path') skips.push(skipUnsafe(path, end.kind));
      else if (!isRead(end, request) && request.extractor.system === true)
        skips.push(skipDangling(path));
    }
    if (
      listInstallNames(requests, path).length > 0 ||
      FIXED_FOLDERS.includes(path) ||
      isAboveDatabase(path)
    ) {
      const end = snapshot.resolve(path);
      if (end.kind !== 'path') skips.push(skipUnsafe(path, end.kind));
    }
  }
  return skips;
}

/** Links that still led on after the last pass: the files at their ends were not read. */
export function skipUnfollowed(): Skip {
  const why = `links lead on after ${PASSES_MAX} passes`;
  return createSkip('.', 'LIMIT_EXCEEDED', why, 'Shorten the chains of links.');
}

function isAboveDatabase(path: string): boolean {
  return (
    FIXED_FOLDERS.some((folder) => folder.startsWith(`${path}/`)) ||
    INSTALL_FOLDERS.some(({ name }) => takeBaseName(takeDirectory(path)) === name)
  );
}

function skipUnsafe(path: string, kind: 'loop' | 'escape'): Skip {
  const why =
    kind === 'loop'
      ? 'the link loops, or there are too many links on the way'
      : 'the link leaves the root';
  return createSkip(path, 'UNSAFE_PATH', why, 'Repair the link.');
}

function skipDangling(path: string): Skip {
  return createSkip(
    path,
    'NOT_FOUND',
    'the package database is a link to nothing',
    'Repair the link, then build again.',
  );
}
