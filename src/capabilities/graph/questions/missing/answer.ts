import { z } from 'zod';
import {
  DEPLOYMENT,
  instant,
  list,
  next,
  OBSERVED,
  releaseName,
  shape,
  UNDIGESTED,
} from '../shapes.ts';

const lacking = shape({
  ...DEPLOYMENT,
  /** The newest releases that contain what runs. Bounded. */
  releases: list(releaseName),
  /**
   * What no evidence gives: `signature` of the image by a signer who may state it, `provenance`
   * under such a signature, `scan` that is recent enough.
   */
  lacks: list(z.enum(['release', 'sbom', 'signature', 'provenance', 'scan'])),
});
export type LackingDeployment = z.output<typeof lacking>;

export const schema = shape({
  /** A page may have fewer than fit: what lacks nothing is left out. */
  deployments: list(lacking),
  /** The start of the first day, in UTC, of which a scan is not too old. */
  scannedSince: instant,
  ...UNDIGESTED,
  ...OBSERVED,
  next,
});
export type Missing = z.output<typeof schema>;
