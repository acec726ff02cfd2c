import { findWindowsEcosystem, takeBuildLine } from '../../ecosystems/index.ts';

/** A Windows that Microsoft names as a product, as it is looked up. */
export interface WindowsProduct {
  readonly ecosystem: string;
  /** Its line of builds (`takeBuildLine`). */
  readonly line: string;
}

/**
 * The line of builds by the name of a product, where no fix names it
 * (learn.microsoft.com/windows/release-health). `Windows 10` alone is its first version.
 */
const LINES: readonly (readonly [RegExp, string])[] = [
  [/^Windows Server 2025\b/, '10.0.26100'],
  [/^Windows Server 2022, 23H2\b/, '10.0.25398'],
  [/^Windows Server 2022\b/, '10.0.20348'],
  [/^Windows Server,? version 20H2\b/i, '10.0.19042'],
  [/^Windows Server,? version 2004\b/i, '10.0.19041'],
  [/^Windows Server,? version 1909\b/i, '10.0.18363'],
  [/^Windows Server,? version 1903\b/i, '10.0.18362'],
  [/^Windows Server 2019\b/, '10.0.17763'],
  [/^Windows Server,? version 1803\b/i, '10.0.17134'],
  [/^Windows Server,? version 1709\b/i, '10.0.16299'],
  [/^Windows Server 2016\b/, '10.0.14393'],
  [/^Windows Server 2012 R2\b/, '6.3.9600'],
  [/^Windows Server 2012\b/, '6.2.9200'],
  [/^Windows 11 version 25H2\b/i, '10.0.26200'],
  [/^Windows 11 version 24H2\b/i, '10.0.26100'],
  [/^Windows 11 version 23H2\b/i, '10.0.22631'],
  [/^Windows 11 version 22H2\b/i, '10.0.22621'],
  [/^Windows 11 version 21H2\b/i, '10.0.22000'],
  [/^Windows 10 version 22H2\b/i, '10.0.19045'],
  [/^Windows 10 version 21H2\b/i, '10.0.19044'],
  [/^Windows 10 version 1809\b/i, '10.0.17763'],
  [/^Windows 10 version 1607\b/i, '10.0.14393'],
  [/^Windows 10 for /, '10.0.10240'],
];

/** By the fixed build, or by the name alone; null where it is no Windows that is looked up. */
export function findWindowsProduct(name: string, fixed: string | null): WindowsProduct | null {
  const ecosystem = findWindowsEcosystem(name);
  if (ecosystem === null) return null;
  const line =
    fixed === null
      ? (LINES.find(([pattern]) => pattern.test(name))?.[1] ?? null)
      : takeBuildLine(fixed);
  return line === null ? null : { ecosystem, line };
}

/** A build with its update, such as `10.0.20348.2700`. */
export function isBuild(text: string): boolean {
  return /^\d{1,4}\.\d{1,4}\.\d{1,7}\.\d{1,10}$/.test(text);
}

/** The later of two builds of one line. */
export function pickLaterBuild(one: string, other: string): string {
  const [a, b] = [one, other].map((build) => Number(build.slice(build.lastIndexOf('.') + 1)));
  return (b ?? 0) > (a ?? 0) ? other : one;
}
