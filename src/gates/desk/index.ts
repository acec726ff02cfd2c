export {
  combineImages,
  explain,
  explainFailure,
  type ImageVerdict,
  undeterminedImage,
  type WorkloadAsked,
  warnings,
} from './admission.ts';
export { type Decided, type DeskPorts, type InForce, VerdictDesk } from './desk.ts';
export { decisionEvidence, verificationEvidence } from './evidence.ts';
export { examineImage } from './examine.ts';
export { judgeOnce } from './judge-once.ts';
export { refusedByName } from './refused-by-name.ts';
