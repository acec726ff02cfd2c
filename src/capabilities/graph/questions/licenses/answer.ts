import type { z } from 'zod';
import { count, digest, flag, IMAGE, inventory, list, next, purl, shape, text } from '../shapes.ts';

const licence = shape({
  /** An SPDX expression, or the text that an SBOM writes; null where none is stated. */
  licence: text.nullable(),
  components: count,
  /** The first of them, in order; bounded. */
  examples: list(purl),
});
export type LicenceAnswer = z.output<typeof licence>;

export const schema = shape({
  ...IMAGE,
  /** Components without a licence first, then in the order of the texts. */
  licenses: list(licence),
  /** Components of which no SBOM states a licence, on any page. */
  unlicensed: count,
  /** Null: no inventory of it is known. */
  inventory,
  /** The SBOMs that say it, and those that could not be read for it. */
  documents: list(digest),
  unread: list(digest),
  /** There are more SBOMs than one answer reads. */
  more: flag,
  next,
});
export type Licenses = z.output<typeof schema>;
