import { gte, valid } from 'semver';

/** Whether a version (semver.org 2.0.0) is that one or later; false for what is no version. */
export function isAtLeast(version: string, least: string): boolean {
  const isVersion = /^\d/.test(version) && valid(version) !== null && valid(least) !== null;
  return isVersion && gte(version, least);
}
