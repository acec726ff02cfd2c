/** Where a checkout keeps bundles of its sources, and the note of the newest one. */
export function placeOfBundles(root: string): { readonly folder: string; readonly note: string };
/** The folder of the newest bundle; null if any file that it was made from has changed since. */
export function findBundle(root: string): string | null;
