import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { isReadableType } from './document-forms.ts';
import type { DocumentSubject } from './document-subject.ts';
import { type FoundDocument, findDocument } from './documents.ts';
import type { GatherContext } from './gather-context.ts';
import { findBundleLayer } from './read-bundle.ts';
import { isKnown, isOver, remember, USUAL_ENVELOPE_BYTES } from './signatures.ts';
import { findBundledStatement } from './sigstore-documents.ts';

/**
 * The search among the referrers of one digest for documents that count. Anyone who may push can
 * add any number of others. A search that ends early says so, and the next one goes on from there.
 */
export class DocumentSearch {
  readonly #gathering: GatherContext;
  readonly #about: DocumentSubject;
  readonly #isMany: boolean;
  readonly #large: { readonly referrer: Descriptor; readonly size: number }[] = [];
  #left = 0;

  constructor(gathering: GatherContext, about: DocumentSubject, isMany: boolean) {
    this.#gathering = gathering;
    this.#about = about;
    this.#isMany = isMany;
  }

  /** Null where there is nothing to read, or no time, and where it is left for later. */
  async find(referrer: Descriptor): Promise<FoundDocument | null> {
    const { searched } = this.#gathering;
    // Of those that are known, as many are read as of others: what they claim counts (ADR 16).
    if (this.#isMany && isKnown(this.#gathering, referrer.digest))
      if (searched.known++ >= LIMITS.untrustedDocumentsMax) return null;
    if (searched.documents >= LIMITS.documentsSearchedMax || isOver(this.#gathering)) {
      // mutant documents-not-searched-are-missing by flooded: remove
      this.#left += 1;
      return null;
    }
    searched.documents += 1;
    if (isReadableType(referrer.artifactType ?? ''))
      return this.#settle(referrer, await findDocument(this.#gathering, this.#about, referrer));
    const layer = await findBundleLayer(this.#gathering, this.#about.subject, referrer);
    // mutant large-bundles-in-the-order-of-the-list by sigstore-attestations: condition -> false
    if (layer.ok && layer.value.size > USUAL_ENVELOPE_BYTES) {
      this.#large.push({ referrer, size: layer.value.size });
      return null;
    }
    return this.#findBundled(referrer);
  }

  /** Large bundles share a number of bytes: the smallest first, and one by one. */
  async findLarge(): Promise<readonly (FoundDocument | null)[]> {
    const found: (FoundDocument | null)[] = [];
    for (const { referrer } of this.#large.toSorted((one, other) => one.size - other.size)) {
      if (isOver(this.#gathering)) this.#left += 1;
      else found.push(await this.#findBundled(referrer));
    }
    return found;
  }

  /** Why not all of them were searched; null if they were. */
  describeLeft(candidates: number): Failure | null {
    const isSpent = this.#gathering.fetched.budget.isSpent === true;
    if (this.#left === 0 && !isSpent) return null;
    const why = isSpent
      ? 'they are too large to read all of them'
      : `for ${this.#left} of them there was no time`;
    const { digest } = this.#about.subject;
    return new Failure(
      'LIMIT_EXCEEDED',
      `${candidates} documents are attached to ${digest}, and ${why}`,
      'Remove those that are not needed, or except the rule for this repository until then.',
    );
  }

  async #findBundled(referrer: Descriptor): Promise<FoundDocument | null> {
    const { budget } = this.#gathering.fetched;
    const found = await findBundledStatement(this.#gathering, this.#about, referrer);
    return budget.isSpent === true ? found : this.#settle(referrer, found);
  }

  #settle(referrer: Descriptor, found: FoundDocument | null): FoundDocument | null {
    // mutant search-begins-again by flooded: condition -> false
    if (found === null || found.isStranger === true) remember(this.#gathering, referrer.digest);
    return found;
  }
}
