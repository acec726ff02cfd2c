export { Outbox, type WaitingDocument } from './outbox.ts';
export {
  type EvidencePost,
  openEvidencePost,
  type PostOutcome,
  type PostPlace,
} from './post-evidence.ts';
