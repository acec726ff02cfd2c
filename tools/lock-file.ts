/** The parts of package-lock.json (version 3) that decide whether it installs everywhere. */
export interface LockFile {
  readonly packages?: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Finds what would break `npm ci` on another machine. npm refuses a lock without the package of
 * some platform. When the registry lacks such a package, npm silently omits it from the lock that
 * it writes (docs/adr/0007-runtime-workspace.md).
 */
export function flawsOfLock(lock: LockFile): string[] {
  const packages = lock.packages ?? {};
  if (Object.keys(packages).length === 0) return ['the lock file lists no packages'];
  return Object.entries(packages).flatMap(([path, entry]) => [
    ...missingOptionals(packages, path, entry).map(
      (name) => `${path || 'the root'} wants ${name}, which has no entry`,
    ),
    ...(namesHost(entry) ? [`${path} names the host that it was resolved from`] : []),
    ...(entry.hasInstallScript === true ? [`${path} has an install script`] : []),
  ]);
}

function missingOptionals(
  packages: Readonly<Record<string, LockEntry>>,
  path: string,
  entry: LockEntry,
): string[] {
  // mutant lock-has-every-platform: argument -> () => false
  return Object.keys(entry.optionalDependencies ?? {}).filter(
    (name) => !isPlaced(packages, path, name),
  );
}

/** The search of Node.js: the nearest node_modules in the folder or in one above it. */
function isPlaced(
  packages: Readonly<Record<string, LockEntry>>,
  path: string,
  name: string,
): boolean {
  const above = path.split('/').map((_, depth, parts) => parts.slice(0, depth + 1).join('/'));
  return ['', ...above].some(
    (base) => `${base === '' ? '' : `${base}/`}node_modules/${name}` in packages,
  );
}

function namesHost({ resolved, link }: LockEntry): boolean {
  return resolved !== undefined && link !== true && /^[a-z+]+:\/\//i.test(resolved);
}
