import { z } from 'zod';
import { digest, flag, instant, list, next, releaseName, shape, signer, text } from '../shapes.ts';

const expiry = shape({
  endsAt: instant,
  /** The first certificate of the chain that ends, or the signature itself. */
  by: z.enum(['chain', 'signature']),
  signer: signer.nullable(),
  /** What is signed: the image itself or a document about it. */
  document: digest,
  /** `image`, or the kind of the document. */
  kind: text,
  image: digest,
  /** The newest releases that contain the image. Bounded. */
  releases: list(releaseName),
});
export type ExpiryAnswer = z.output<typeof expiry>;

export const schema = shape({
  /** The end of the last day that was asked about, in UTC. */
  until: instant,
  /**
   * The last signature over each document that counts and ends until then, the first to end first.
   * A document with another signature that lasts longer is not listed.
   */
  expiries: list(expiry),
  /** Of some signatures that count, no record says when they end: they may end too. */
  undated: flag,
  next,
});
export type Expiries = z.output<typeof schema>;
