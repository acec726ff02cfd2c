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
  bundle: maybe.describe('digest of the index that names the whole release; null: there is none'),
  parts: list(
    z.strictObject({
      kind: z.enum(['image', 'attached']).describe('image: it, or one of its platforms'),
      digest,
      type: text.describe('artifact type, else media type'),
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

const file = {
  title: text.describe('its name in the artifact'),
  digest,
  size: count,
  mediaType: text,
};

export const push = z.strictObject({
  artifact: text.describe('by digest'),
  digest,
  signature: digest.nullable(),
  files: list(z.strictObject(file)),
});

export const pull = z.strictObject({
  artifact: text.describe('by digest'),
  digest,
  files: list(z.strictObject({ ...file, path: text })),
  skipped: count.describe('layers without a name'),
});

export const tag = z.strictObject({
  image: text.describe('by digest'),
  tags: list(text).describe('that it was given'),
});

export const deletion = z.strictObject({
  image: text.describe('by digest'),
  deleted: z.boolean().describe('false without --yes: then it is what would be deleted'),
  manifests: list(
    z.strictObject({ digest, type: text.describe('artifact type, else media type') }),
  ).describe('the last is what was named; what is attached to it is before it'),
  tags: list(text).describe('other tags of what was named, which go with it'),
});

export const login = z.strictObject({
  registry: text,
  user: maybe.describe('null for an identity token'),
  asked: z.boolean().describe('false: the registry lets anybody in, so nothing was tried'),
  file: text.describe('config.json'),
  helper: maybe.describe('the credential helper that keeps it; null: it is in the file'),
});

export const logout = z.strictObject({
  registry: text,
  removed: z.boolean().describe('false: there were no credentials'),
  file: text.describe('config.json'),
  helper: maybe,
});
