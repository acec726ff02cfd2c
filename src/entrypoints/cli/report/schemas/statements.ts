import { z } from 'zod';
import { digest, list, maybe, text } from './parts.ts';
import { attest } from './signing.ts';

export const provenanceAssess = z.strictObject({
  image: text,
  digest,
  level: z.int().describe('of the build track of SLSA, 0 to 3'),
  missing: maybe.describe('why not all evidence was seen; it could only add to the level'),
  checks: list(
    z.strictObject({
      id: z.enum(['provenance', 'signed', 'hosted', 'isolated']),
      level: z.int().describe('that needs it'),
      holds: z.boolean(),
      why: text,
    }),
  ),
});

export const rebuild = attest.extend({
  commit: text.describe('what was built'),
  command: text,
  rebuilt: digest.describe('of the image that was built again'),
  reproduced: z.boolean().describe('whether both are the same bytes'),
  sameContent: z.boolean().describe('whether nothing that runs differs'),
  difference: maybe.describe('the first one, with its layer and file'),
  layers: list(
    z.strictObject({
      digest,
      rebuilt: digest.nullable(),
      match: z.enum(['bytes', 'content', 'none']),
    }),
  ),
});
