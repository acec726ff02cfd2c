import { z } from 'zod';
import { count, digest, list, maybe, text } from './parts.ts';

const moved = z.strictObject({
  sent: count,
  there: count.describe('were at the target before'),
});

export const copy = z.strictObject({
  from: text.describe('the source, by digest where it is in a registry'),
  to: maybe.describe('the copy, by digest; null with --dry-run'),
  digest: digest.describe('of the image'),
  parts: list(
    z.strictObject({
      kind: z.enum(['image', 'attached']).describe('image: it, or one of its platforms'),
      digest,
      type: text.describe('artifact type, else media type'),
      size: count.describe('bytes of the manifest'),
    }),
  ),
  tags: list(z.strictObject({ tag: text, digest })).describe('of cosign'),
  strangers: list(digest).describe('listed as attached, but about something else: not copied'),
  copied: z
    .strictObject({ manifests: moved, blobs: moved, bytes: moved })
    .nullable()
    .describe('null with --dry-run'),
  foreign: list(digest).describe(
    'layers that their vendor lets no registry keep, and that the source does not have',
  ),
});
