import { z } from 'zod';
import { count, digest, flag, inventory, list, purl, ROW, shape, text } from '../shapes.ts';

/** How a component came in, as one SBOM says. */
const chain = z.discriminatedUnion('kind', [
  shape({ kind: z.literal('path'), steps: list(text) }),
  /** The document lists it and relates it to nothing. */
  shape({ kind: z.literal('listed') }),
  shape({ kind: z.literal('unknown'), why: text }),
]);
export type Chain = z.output<typeof chain>;

const whyComponent = shape({
  purl,
  image: digest,
  layer: digest.nullable(),
  path: text.nullable(),
  /** In how many places it lies. */
  paths: count,
  development: flag,
  chains: list(shape({ document: digest, chain })),
  ...ROW,
});
export type WhyComponent = z.output<typeof whyComponent>;

export const schema = shape({
  matched: list(text),
  components: list(whyComponent),
  /** `partial` or null: that a component is not listed says nothing. */
  inventory,
  more: flag,
});
export type WhyAnswer = z.output<typeof schema>;
