import type { Skip } from '../ecosystems/index.ts';
import { directoryOf, FIXED_FOLDERS, skip } from '../ecosystems/index.ts';
import type { Resolved, Snapshot } from './layers/snapshot.ts';
import type { Held, Wish, Wishes } from './wishes.ts';

/** Passes over a target: links and hard links lead to what nobody knew to matter, but not for ever. */
export const PASSES_MAX = 4;

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
    for (const wish of wishes.for(path)) news = followFile(snapshot, wishes, wish) || news;
    for (const name of modulesNames(wishes, path)) news = followModules(snapshot, wishes, name) || news;
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

/** The names of a link by which node looks for packages behind it: its own, and those by links to its folder. */
function modulesNames(wishes: Wishes, path: string): readonly string[] {
  return wishes.namesOf(path).filter((name) => MODULES_LINK.test(name));
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
    for (const wish of wishes.for(path)) {
      const end = snapshot.resolve(wish.path);
      if (end.kind !== 'path') skips.push(unsafe(path, end.kind));
      else if (!isRead(end, wish) && wish.extractor.name === 'dpkg') skips.push(dangling(path));
    }
    if (modulesNames(wishes, path).length > 0 || FIXED_FOLDERS.includes(path) || isAboveDatabase(path)) {
      const end = snapshot.resolve(path);
      if (end.kind !== 'path') skips.push(unsafe(path, end.kind));
    }
  }
  return skips;
}

/** Links that still led on when the last pass was over: what lies at their ends was not read. */
export function unfollowed(): Skip {
  const why = `links lead on after ${PASSES_MAX} passes`;
  return skip('.', 'LIMIT_EXCEEDED', why, 'Shorten the chains of links.');
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
