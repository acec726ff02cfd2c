import { id_ce_nameConstraints, id_ce_subjectAltName } from '@peculiar/asn1-x509';
import { LIMITS } from '../../../core/limits.ts';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import { canonicalizeName, isSameName } from './canonical-name.ts';
import type { Certificate } from './certificate.ts';
import { type ChainRefusal, refuseChain } from './chain-flaw.ts';
import {
  covers,
  type GeneralName,
  isWildcardAround,
  readGeneralName,
  readSubtreeBase,
  type Subtree,
} from './general-name.ts';

interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

/** Comparisons that are still allowed: names times subtrees can be many. */
interface Budget {
  comparisons: number;
}

/**
 * RFC 5280 §6.1.3 (b) and (c), §4.2.1.10: each authority binds the names of all certificates below
 * it, whether or not the extension is critical. The root binds too, as in OpenSSL and Go.
 */
export function checkNameConstraints(certificates: readonly Certificate[]): ChainRefusal | null {
  const [leaf] = certificates;
  // mutant constraints-of-a-leaf: condition -> false
  if (leaf?.extensions.has(id_ce_nameConstraints))
    return refuseNames(leaf, 'has name constraints and is no authority');
  const budget: Budget = { comparisons: LIMITS.nameComparisonsMax };
  for (const [at, authority] of certificates.entries()) {
    const extension = authority.extensions.get(id_ce_nameConstraints);
    if (extension === undefined) continue;
    const constraints = readNameConstraints(extension.value);
    if (constraints === null)
      return refuseNames(authority, 'has name constraints that are malformed');
    for (const [below, certificate] of certificates.slice(0, at).entries()) {
      // A new key of the same authority; what it certifies is bound.
      // mutant self-issued-authority-is-not-bound: condition -> false
      if (below > 0 && isSameName(certificate.subjectDer, certificate.issuerDer)) continue;
      const refusal = checkNames(certificate, authority, constraints, budget);
      if (refusal !== null) return refusal;
    }
  }
  return null;
}

function checkNames(
  certificate: Certificate,
  authority: Certificate,
  constraints: NameConstraints,
  budget: Budget,
): ChainRefusal | null {
  const names = readNames(certificate);
  if (names === null) return refuseNames(certificate, 'has alternative names that are malformed');
  for (const name of names) {
    const why = findViolation(name, constraints, budget);
    if (why !== null) return refuseNames(certificate, `${why} of ${authority.subjectText}`);
  }
  return null;
}

/** Why a name breaks the constraints, in words that a name of the authority continues. */
function findViolation(
  name: GeneralName,
  { permitted, excluded }: NameConstraints,
  budget: Budget,
): string | null {
  const inside = permitted.filter((subtree) => isSameForm(subtree, name));
  const outside = excluded.filter((subtree) => isSameForm(subtree, name));
  if (inside.length + outside.length === 0) return null;
  // A form that is constrained and not compared here is refused.
  // mutant name-that-cannot-be-compared: condition -> false
  if (name.form === 'other' || name.value === null)
    return 'has a name that cannot be compared with the name constraints';
  budget.comparisons -= inside.length + outside.length;
  // mutant comparisons-are-bounded: condition -> false
  if (budget.comparisons < 0) return 'has too many names for the name constraints';
  // mutant excluded-name: condition -> false
  if (outside.some((subtree) => covers(subtree, name) || isWildcardAround(subtree, name)))
    return 'has a name that is excluded by the name constraints';
  // mutant name-outside-the-permitted-ones: condition -> false
  if (inside.length > 0 && !inside.some((subtree) => covers(subtree, name)))
    return 'has a name outside the name constraints';
  return null;
}

/** RFC 9598 §6: constraints on mail also bind the other form of its addresses. */
const SMTP_UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9';

function isSameForm(subtree: Subtree, name: GeneralName): boolean {
  if (name.form !== 'other') return subtree.form === name.form;
  if (subtree.form === 'other') return subtree.tag === name.tag;
  return subtree.form === 'email' && name.type === SMTP_UTF8_MAILBOX;
}

/** The subject, its addresses of mail, and the alternative names; null when they are malformed. */
function readNames(certificate: Certificate): readonly GeneralName[] | null {
  const subject = readDer(certificate.subjectDer);
  if (subject === null) return null;
  const names: GeneralName[] =
    subject.children.length === 0
      ? []
      : [{ form: 'directory', value: canonicalizeName(subject) }, ...readSubjectMail(subject)];
  const extension = certificate.extensions.get(id_ce_subjectAltName);
  if (extension === undefined) return names;
  const list = readDer(extension.value);
  if (list?.tag !== TAG.sequence || list.children.length === 0) return null;
  return [...names, ...list.children.map(readGeneralName)];
}

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

/** RFC 5280 §4.2.1.10: constraints on mail bind the attribute emailAddress of a subject. */
function readSubjectMail(subject: DerNode): readonly GeneralName[] {
  return subject.children
    .flatMap((rdn) => rdn.children)
    .flatMap(({ children: [type, value] }) =>
      formatOid(type) === EMAIL_ADDRESS && value !== undefined
        ? [readGeneralName({ ...value, tag: 0x81, children: [] })]
        : [],
    );
}

/** Null when the extension is malformed; both lists cannot be absent. */
function readNameConstraints(value: Uint8Array): NameConstraints | null {
  const node = readDer(value);
  if (node?.tag !== TAG.sequence) return null;
  const [first, second, ...more] = node.children;
  if (first === undefined || more.length > 0) return null;
  if (second !== undefined && (first.tag !== 0xa0 || second.tag !== 0xa1)) return null;
  if (first.tag !== 0xa0 && first.tag !== 0xa1) return null;
  const permitted = first.tag === 0xa0 ? readSubtrees(first) : [];
  const excluded = first.tag === 0xa1 ? readSubtrees(first) : readSubtrees(second);
  return permitted === null || excluded === null ? null : { permitted, excluded };
}

/** RFC 5280 §4.2.1.10: minimum is 0, which DER leaves out, and maximum is absent. */
function readSubtrees(list: DerNode | undefined): readonly Subtree[] | null {
  if (list === undefined) return [];
  const subtrees: Subtree[] = [];
  for (const { tag, children } of list.children) {
    const [base] = children;
    // mutant subtree-with-a-depth: remove operand 2
    if (tag !== TAG.sequence || children.length !== 1 || base === undefined) return null;
    const subtree = readSubtreeBase(base);
    if (subtree === null) return null;
    subtrees.push(subtree);
  }
  return subtrees.length === 0 ? null : subtrees;
}

function refuseNames(certificate: Certificate, why: string): ChainRefusal {
  return refuseChain('name-constraints', `${certificate.subjectText} ${why}`);
}
