import type { Skip } from './component.ts';
import { directoryOf, skip } from './extractor.ts';
import { FIXED_FOLDERS } from './extractors.ts';
import type { Resolved, Snapshot } from './layers/snapshot.ts';
import type { Held, Wish, Wishes } from './wishes.ts';

/** `node_modules`, or a package or scope in one, that is a link. */
const MODULES_LINK = /(?:^|\/)node_modules(?:\/(?:@[^/]+(?:\/[^/]+)?|[^/@.][^/]*))?$/;

/**
 * Looks where links lead wanted paths, and adds to the wishes what lies at their ends unread. True when another pass
 * would find more.
 */
export function followLinks(snapshot: Snapshot<Held>, wishes: Wishes): boolean {
  let news = false;
  for (const folder of FIXED_FOLDERS) {
    const end = snapshot.resolve(folder);
    if (end.kind === 'path' && end.path !== folder) news = wishes.addFolder(end.path, folder) || news;
  }
  for (const { path, symlink } of snapshot.entries()) {
    if (symlink === null) continue;
    for (const wish of wishes.own(path)) news = followFile(snapshot, wishes, wish) || news;
    if (MODULES_LINK.test(path)) news = followModules(snapshot, wishes, path) || news;
  }
  return news;
}

function followFile(snapshot: Snapshot<Held>, wishes: Wishes, wish: Wish): boolean {
  const end = snapshot.resolve(wish.path);
  if (end.kind !== 'path' || isRead(end, wish)) return false;
  return wishes.addFile(end.path, wish.path);
}

function isRead(end: Resolved<Held>, { extractor }: Wish): boolean {
  return end.kind === 'path' && (end.value?.readings ?? []).some(({ wish }) => wish.extractor === extractor);
}

function followModules(snapshot: Snapshot<Held>, wishes: Wishes, path: string): boolean {
  const end = snapshot.resolve(path);
  if (end.kind !== 'path' || end.path === '' || MODULES_LINK.test(end.path)) return false;
  return wishes.addFolder(end.path, path);
}

/** What links make unreadable: wanted paths that loop or leave the root, a package database that hangs in the air. */
export function linkSkips(snapshot: Snapshot<Held>, wishes: Wishes): readonly Skip[] {
  const skips: Skip[] = [];
  for (const { path, symlink } of snapshot.entries()) {
    if (symlink === null) continue;
    for (const wish of wishes.own(path)) {
      const end = snapshot.resolve(path);
      if (end.kind !== 'path') skips.push(unsafe(path, end.kind));
      else if (!isRead(end, wish) && wish.extractor.name === 'dpkg') skips.push(dangling(path));
    }
    if (MODULES_LINK.test(path) || FIXED_FOLDERS.includes(path) || isAboveDatabase(path)) {
      const end = snapshot.resolve(path);
      if (end.kind !== 'path') skips.push(unsafe(path, end.kind));
    }
  }
  return skips;
}

function isAboveDatabase(path: string): boolean {
  return FIXED_FOLDERS.some((folder) => folder.startsWith(`${path}/`)) || directoryOf(path).endsWith('node_modules');
}

function unsafe(path: string, kind: 'loop' | 'escape'): Skip {
  const why = kind === 'loop' ? 'the link loops, or there are too many links on the way' : 'the link leaves the root';
  return skip(path, 'UNSAFE_PATH', why, 'Repair the link.');
}

function dangling(path: string): Skip {
  return skip(path, 'NOT_FOUND', 'the package database is a link to nothing', 'Repair the link, then build again.');
}
