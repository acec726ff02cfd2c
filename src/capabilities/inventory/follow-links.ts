import type { Skip } from '../ecosystems/index.ts';
import { createSkip, FIXED_FOLDERS, takeDirectory } from '../ecosystems/index.ts';
import type { FileRecord, FileRequest, FileRequests } from './file-requests.ts';
import type { PathResolution, Snapshot } from './layers/snapshot.ts';

/**
 * Passes over a target: links and hard links lead to what nobody knew to matter, but not for ever.
 */
export const PASSES_MAX = 4;

/** `node_modules`, or a package or scope in one, that is a link. */
const MODULES_LINK = /(?:^|\/)node_modules(?:\/(?:@[^/]+(?:\/[^/]+)?|[^/@.][^/]*))?$/;

/**
 * Looks where links lead wanted paths, and adds to the wishes what lies at their ends unread. True
 * when another pass would find more.
 */
export function followLinks(snapshot: Snapshot<FileRecord>, requests: FileRequests): boolean {
  let news = false;
  for (const folder of FIXED_FOLDERS) {
    const end = snapshot.resolve(folder);
    if (end.kind === 'path' && end.path !== folder)
      news = requests.addFolder(end.path, folder) || news;
  }
  for (const { path, symlink } of snapshot.entries()) {
    if (symlink === null) continue;
    for (const request of requests.listRequests(path))
      news = followFile(snapshot, requests, request) || news;
    for (const name of listModulesNames(requests, path))
      news = followModules(snapshot, requests, name) || news;
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
    (end.value?.readings ?? []).some(({ wish }) => wish.extractor === extractor)
  );
}

/**
 * The names of a link by which node looks for packages behind it: its own, and those by links to
 * its folder.
 */
function listModulesNames(requests: FileRequests, path: string): readonly string[] {
  return requests.listNames(path).filter((name) => MODULES_LINK.test(name));
}

function followModules(
  snapshot: Snapshot<FileRecord>,
  requests: FileRequests,
  path: string,
): boolean {
  const end = snapshot.resolve(path);
  if (end.kind !== 'path' || end.path === '' || MODULES_LINK.test(end.path)) return false;
  return requests.addFolder(end.path, path);
}

/**
 * What links make unreadable: wanted paths that loop or leave the root, a package database that
 * hangs in the air.
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
      else if (!isRead(end, request) && request.extractor.name === 'dpkg')
        skips.push(skipDangling(path));
    }
    if (
      listModulesNames(requests, path).length > 0 ||
      FIXED_FOLDERS.includes(path) ||
      isAboveDatabase(path)
    ) {
      const end = snapshot.resolve(path);
      if (end.kind !== 'path') skips.push(skipUnsafe(path, end.kind));
    }
  }
  return skips;
}

/** Links that still led on when the last pass was over: what lies at their ends was not read. */
export function skipUnfollowed(): Skip {
  const why = `links lead on after ${PASSES_MAX} passes`;
  return createSkip('.', 'LIMIT_EXCEEDED', why, 'Shorten the chains of links.');
}

function isAboveDatabase(path: string): boolean {
  return (
    FIXED_FOLDERS.some((folder) => folder.startsWith(`${path}/`)) ||
    takeDirectory(path).endsWith('node_modules')
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
