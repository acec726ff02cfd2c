/**
 * A version of Java in one form, `FEATURE.INTERIM.UPDATE`: until Java 8 it was written as `1.8.0`
 * with an update, since then in this way (openjdk.org/jeps/322). What is behind it names the build.
 *
 * @example formatJavaVersion('1.8.0_392-b08') // 8.0.392
 * @example formatJavaVersion('17.0.9+9') // 17.0.9
 */
export function formatJavaVersion(version: string, update = ''): string {
  const [, feature, rest = ''] = /^(?:1\.(?=[5-8]))?([0-9]{1,4})(.{0,100})$/.exec(version) ?? [];
  if (feature === undefined) return version;
  const stated = /^(?:update_?|u)([0-9]{1,4})/.exec(update)?.[1];
  if (Number(feature) > 8) return /^[0-9]{1,4}(?:\.[0-9]{1,5}){0,5}/.exec(version)?.[0] ?? version;
  const own = /^(?:\.[0-9])?(?:\.0)?[_u]([0-9]{1,4})/.exec(rest)?.[1];
  const later = /^\.[0-9]{1,3}\.([0-9]{1,4})/.exec(rest)?.[1];
  return `${feature}.0.${Number(stated ?? own ?? later ?? '0')}`;
}

/** The first version of the line that a version is of. */
export function findJavaLine(version: string): string {
  return /^[0-9]{1,4}/.exec(formatJavaVersion(version))?.[0] ?? version;
}
