import type { Purl } from '../../core/purl.ts';
import type { ScanReport } from './scan.ts';

/** Something that a reader of a scan has to know before a missing finding means anything. */
export interface Doubt {
  /**
   * `not-covered`: of a package or a feed. `not-read`: of a place. `sample-data`: the data proves
   * nothing. `alias-conflict`: an error of the data, which hides nothing. `left-out`: findings
   * that the user does not want. `vex-remark`: a statement that is stale or contradicts another.
   */
  readonly kind:
    | 'not-covered'
    | 'not-read'
    | 'sample-data'
    | 'alias-conflict'
    | 'left-out'
    | 'vex-remark';
  readonly purl: Purl | null;
  readonly place: string | null;
  readonly why: string;
}

/** The doubts of a scan, in one order for each format. */
export function listDoubts({
  notCovered,
  data,
  conflicts,
  vexRemarks = [],
}: ScanReport): readonly Doubt[] {
  return [
    ...notCovered.map(({ purl, place, why }): Doubt => {
      return { kind: place === null ? 'not-covered' : 'not-read', purl, place, why };
    }),
    ...(data.source === 'sample' ? [describe('sample-data', SAMPLE)] : []),
    ...conflicts.map(({ cves }) =>
      describe('alias-conflict', `records call ${cves.join(' and ')} the same`),
    ),
    ...vexRemarks.map(({ kind, id, component, why, by, document }): Doubt => {
      const said = `${kind}: ${document} by ${by}, of ${id}: ${why}`;
      return { kind: 'vex-remark', purl: component, place: null, why: said };
    }),
  ];
}

/** Whether a missing finding means something: everything was looked up in real data. */
export function isProven({ outcome, data }: ScanReport): boolean {
  return outcome === 'complete' && data.source !== 'sample';
}

const SAMPLE = 'the bundled sample of advisories proves nothing about what it does not contain';

function describe(kind: Doubt['kind'], why: string): Doubt {
  return { kind, purl: null, place: null, why };
}
