import { z } from 'zod';
import { count, digest, flag, inventory, list, purl, ROW, shape, text } from '../shapes.ts';

/** How a component got into the image, according to one SBOM. */
const chain = z.discriminatedUnion('kind', [
  shape({
    kind: z.literal('path'),
    steps: list(text),
    /** The other paths of the same length; absent where there is none. Bounded. */
    others: list(list(text)).optional(),
    othersMore: flag.optional(),
  }),
  /**
   * What the document describes does not lead to it, or is not named: the path from an element that
   * nothing leads to.
   */
  shape({ kind: z.literal('rootless'), steps: list(text) }),
  /** The document lists it without any relation. */
  shape({ kind: z.literal('listed') }),
  shape({ kind: z.literal('unknown'), why: text }),
]);
export type Chain = z.output<typeof chain>;

const whyComponent = shape({
  purl,
  image: digest,
  layer: digest.nullable(),
  path: text.nullable(),
  /** The number of places where it is. */
  paths: count,
  development: flag,
  chains: list(shape({ document: digest, chain })),
  ...ROW,
});
export type WhyComponent = z.output<typeof whyComponent>;

export const schema = shape({
  matched: list(text),
  /** The selector means more packages, which were not looked for. */
  matchedMore: flag,
  /** What it has in versions that could not be compared with the requested range. Bounded. */
  notCompared: list(purl),
  components: list(whyComponent),
  /** `partial` or null: it proves nothing that a component is not listed. */
  inventory,
  more: flag,
});
export type WhyAnswer = z.output<typeof schema>;
